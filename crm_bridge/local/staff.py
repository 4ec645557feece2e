"""People who work here: users with roles, rights and branches; each change is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from bot.domain.follow_up import Actor, ActorKind
from crm_bridge.local.part import Ground, LocalPart
from crm_bridge.local.secrets import PASSWORD_COST, SHORTEST_PASSWORD, PasswordCost, hash_password
from crm_bridge.local.tables import BranchRow, DoctorRow, SessionRow, UserRow
from crm_bridge.local.work import Work
from crm_bridge.port import NotFound, Refused
from crm_bridge.rules.rights import KEPT_BACK, RIGHTS, Identity, Role, rights_of


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who works here; `rights` are given beyond the role's own, empty `branches` mean all."""

    id: str
    login: str
    full_name: str
    role: Role
    rights: tuple[str, ...]
    branches: tuple[str, ...]
    doctor_id: str | None
    active: bool
    created_at: datetime


class LocalStaff(LocalPart):
    """Users on SQL."""

    def __init__(self, ground: Ground, *, cost: PasswordCost = PASSWORD_COST) -> None:
        super().__init__(ground)
        self._cost = cost

    async def create_user(
        self,
        *,
        login: str,
        full_name: str,
        role: Role,
        password: str,
        by: Identity,
        rights: Collection[str] = (),
        branches: Collection[str] = (),
        doctor_id: str | None = None,
    ) -> User:
        """A new user. Raises Refused for a taken login, a short password, or a right that the giver may not give."""
        name = login.strip().casefold()
        hashed = await self._hash(password)
        async with self._work(by.actor) as work:
            if not name or await work.session.scalar(select(UserRow.id).where(UserRow.login == name)):
                raise Refused("Такой логин уже занят: выберите другой")
            if doctor_id and await work.session.get(DoctorRow, doctor_id) is None:
                raise NotFound("Врач не найден")
            may_give(by, rights_of(role, rights), before=frozenset())
            await check_branches(work, branches, by)
            row = UserRow(
                id=work.new_id(),
                login=name,
                full_name=full_name.strip(),
                role=role.value,
                rights=sorted(set(rights)),
                branches=sorted(set(branches)),
                password=hashed,
                doctor_id=doctor_id,
                active=True,
                created_at=work.now,
            )
            work.session.add(row)
            await work.session.flush()
            work.audit("user.create", "user", row.id, role=role.value, rights=row.rights, branches=row.branches)
            return user_of(row)

    async def change_user(
        self,
        user_id: str,
        *,
        by: Identity,
        role: Role | None = None,
        rights: Collection[str] | None = None,
        branches: Collection[str] | None = None,
        full_name: str | None = None,
        active: bool | None = None,
    ) -> User:
        """Change what is given; None leaves it. Who is no longer active is logged out at once."""
        async with self._work(by.actor) as work:
            row = await _lock_user(work, user_id)
            was_director = row.role == Role.DIRECTOR and row.active
            before = rights_of(Role(row.role), row.rights)
            detail = {
                "before": {"role": row.role, "rights": row.rights, "branches": row.branches, "active": row.active}
            }
            row.role = role.value if role else row.role
            row.rights = row.rights if rights is None else sorted(set(rights))
            may_give(by, rights_of(Role(row.role), row.rights), before=before)
            if branches is not None:
                await check_branches(work, branches, by)
                row.branches = sorted(set(branches))
            row.full_name = full_name.strip() if full_name else row.full_name
            if active is not None:
                row.active = active
            if was_director:
                await _keep_a_director(work)
            if not row.active:
                await work.session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))
            after = {"role": row.role, "rights": row.rights, "branches": row.branches, "active": row.active}
            work.audit("user.change", "user", row.id, **detail, after=after)
            return user_of(row)

    async def set_password(self, user_id: str, password: str, *, by: Identity) -> None:
        """A new password; all of the user's sessions end. Who has less rights than the user cannot take the account."""
        hashed = await self._hash(password)
        async with self._work(by.actor) as work:
            row = await _lock_user(work, user_id)
            if str(by.actor) != str(actor_of(row)):
                may_give(by, rights_of(Role(row.role), row.rights), before=frozenset())
            row.password = hashed
            await work.session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))
            work.audit("user.password", "user", row.id)

    async def user(self, user_id: str) -> User:
        """Raises NotFound."""
        async with self._read() as session:
            row = await session.get(UserRow, user_id)
        if row is None:
            raise NotFound("Сотрудник не найден")
        return user_of(row)

    async def has_users(self) -> bool:
        """Whether somebody can log in already."""
        async with self._read() as session:
            return await session.scalar(select(UserRow.id).limit(1)) is not None

    async def _hash(self, password: str) -> str:
        if len(password) < SHORTEST_PASSWORD:
            raise Refused(f"Пароль короче {SHORTEST_PASSWORD} знаков: придумайте длиннее")
        return await asyncio.to_thread(hash_password, password, self._cost)


def may_give(by: Identity, wanted: frozenset[str], *, before: frozenset[str]) -> None:
    """Raises Refused for a right that does not exist, or that is kept back and the giver has not (C20)."""
    unknown = wanted - frozenset(RIGHTS)
    if unknown:
        raise Refused(f"Такого права нет: {', '.join(sorted(unknown))}")
    kept = (wanted | before) & KEPT_BACK - by.rights
    if kept:
        titles = ", ".join(f"«{RIGHTS[right]}»" for right in sorted(kept))
        raise Refused(f"Это право даёт и отнимает только тот, у кого оно есть: {titles}")


async def check_branches(work: Work, branches: Collection[str], by: Identity) -> None:
    """Raises NotFound for a branch that does not exist, Refused for one beyond the giver's own."""
    known = set(await work.session.scalars(select(BranchRow.id)))
    if set(branches) - known:
        raise NotFound("Такого филиала нет")
    if by.branches and (not branches or set(branches) - by.branches):
        raise Refused("Можно дать доступ только к своим филиалам")


async def _lock_user(work: Work, user_id: str) -> UserRow:
    row = await work.session.get(UserRow, user_id, with_for_update=True)
    if row is None:
        raise NotFound("Сотрудник не найден")
    return row


async def _keep_a_director(work: Work) -> None:
    """Raises Refused when nobody would be left who may do everything."""
    await work.session.flush()
    acting = select(UserRow.id).where(UserRow.role == Role.DIRECTOR.value, UserRow.active)
    if await work.session.scalar(acting.limit(1)) is None:
        raise Refused("Должен остаться хотя бы один действующий директор")


def actor_of(row: UserRow) -> Actor:
    """Who acts when this user does."""
    return Actor(kind=ActorKind.STAFF, id=row.id)


def user_of(row: UserRow) -> User:
    """The user without the password."""
    return User(
        id=row.id,
        login=row.login,
        full_name=row.full_name,
        role=Role(row.role),
        rights=tuple(row.rights),
        branches=tuple(row.branches),
        doctor_id=row.doctor_id,
        active=row.active,
        created_at=row.created_at,
    )
