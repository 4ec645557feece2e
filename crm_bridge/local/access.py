"""Who is it that acts: log-in with a password, sessions, programmes' keys. Only hashes of tokens and keys are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.domain.follow_up import SYSTEM, Actor, ActorKind
from crm_bridge.local.part import Ground, LocalPart
from crm_bridge.local.secrets import (
    KEY_PREFIX,
    PASSWORD_COST,
    PasswordCost,
    hash_password,
    new_key,
    new_token,
    password_matches,
    token_hash,
)
from crm_bridge.local.staff import actor_of, check_branches, may_give
from crm_bridge.local.tables import ApiKeyRow, SessionRow, UserRow
from crm_bridge.port import NotFound, Refused
from crm_bridge.rules.rights import PEOPLE_ONLY, Identity, Role, rights_of

SESSION_TTL = timedelta(hours=12)
"""A shift."""
MOST_FAILURES = 5
FAILURES_FORGOTTEN = timedelta(minutes=10)
_MOST_LOGINS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """A session that has begun; the token is told this once."""

    token: str
    expires_at: datetime
    identity: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A programme's access, without the key."""

    id: str
    name: str
    rights: tuple[str, ...]
    branches: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


class LocalAccess(LocalPart):
    """Sessions and keys on SQL."""

    def __init__(
        self, ground: Ground, *, cost: PasswordCost = PASSWORD_COST, session_ttl: timedelta = SESSION_TTL
    ) -> None:
        super().__init__(ground)
        self._ttl = session_ttl
        self._failures: dict[str, list[datetime]] = {}
        # compared with when nobody has the login, so that the answer takes as long
        self._nobody = hash_password(new_token(), cost)

    async def log_in(self, login: str, password: str) -> LoggedIn | None:
        """A session, or None for a wrong login or password, or somebody who works here no more.

        Raises Refused after five failures within ten minutes.
        """
        name, now = login.strip().casefold(), self._clock.now()
        self._refuse_guessing(name, now)
        async with self._read() as session:
            row = await session.scalar(select(UserRow).where(UserRow.login == name))
        right = await asyncio.to_thread(password_matches, password, row.password if row else self._nobody)
        if row is None or not row.active or not right:
            self._failures.setdefault(name, []).append(now)
            if row is not None:
                async with self._work(SYSTEM) as work:
                    work.audit("user.log_in_failed", "user", row.id)
            return None
        self._failures.pop(name, None)
        token, expires_at = new_token(), now + self._ttl
        async with self._work(actor_of(row)) as work:
            await work.session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
            work.session.add(SessionRow(token_hash=token_hash(token), user_id=row.id, expires_at=expires_at))
            work.audit("user.log_in", "user", row.id)
        return LoggedIn(token=token, expires_at=expires_at, identity=_person(row))

    def _refuse_guessing(self, name: str, now: datetime) -> None:
        if len(self._failures) > _MOST_LOGINS:
            self._failures.clear()
        recent = [at for at in self._failures.get(name, ()) if now - at < FAILURES_FORGOTTEN]
        if len(recent) >= MOST_FAILURES:
            raise Refused("Слишком много неудачных попыток: подождите десять минут")
        if name in self._failures:
            self._failures[name] = recent

    async def log_out(self, token: str) -> None:
        """End a session; safe twice."""
        async with self._write() as session:
            await session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash(token)))

    async def identify(self, secret: str) -> Identity | None:
        """Whose token or key this is; None for one that is unknown, expired or revoked."""
        return await (self._key_holder(secret) if secret.startswith(KEY_PREFIX) else self._session_holder(secret))

    async def _session_holder(self, token: str) -> Identity | None:
        query = (
            select(UserRow)
            .join(SessionRow, SessionRow.user_id == UserRow.id)
            .where(SessionRow.token_hash == token_hash(token), SessionRow.expires_at > self._clock.now())
        )
        async with self._read() as session:
            row = await session.scalar(query)
        return _person(row) if row is not None and row.active else None

    async def _key_holder(self, key: str) -> Identity | None:
        async with self._read() as session:
            row = await session.scalar(select(ApiKeyRow).where(ApiKeyRow.key_hash == token_hash(key)))
        if row is None or row.revoked_at is not None:
            return None
        return Identity(
            actor=Actor(kind=ActorKind.API, id=row.id),
            name=row.name,
            rights=frozenset(row.rights),
            branches=frozenset(row.branches),
        )

    async def create_key(
        self, name: str, rights: Collection[str], *, by: Identity, branches: Collection[str] = ()
    ) -> tuple[ApiKey, str]:
        """A key for a programme, and its text, told this once. Raises Refused for approvals: they are people's."""
        wanted = frozenset(rights)
        if wanted & PEOPLE_ONLY:
            raise Refused("Согласования дают люди под своим именем: программе это право не даётся")
        text = new_key()
        async with self._work(by.actor) as work:
            may_give(by, wanted, before=frozenset())
            await check_branches(work, branches, by)
            row = ApiKeyRow(
                id=work.new_id(),
                key_hash=token_hash(text),
                name=name.strip(),
                rights=sorted(wanted),
                branches=sorted(set(branches)),
                created_at=work.now,
            )
            work.session.add(row)
            await work.session.flush()
            work.audit("api_key.create", "api_key", row.id, rights=row.rights, branches=row.branches)
            return api_key_of(row), text

    async def revoke_key(self, key_id: str, *, by: Identity) -> ApiKey:
        """The key opens nothing any more; safe twice. Raises NotFound."""
        async with self._work(by.actor) as work:
            row = await work.session.get(ApiKeyRow, key_id, with_for_update=True)
            if row is None:
                raise NotFound("Ключ не найден")
            if row.revoked_at is None:
                row.revoked_at = work.now
                work.audit("api_key.revoke", "api_key", row.id)
            return api_key_of(row)


def _person(row: UserRow) -> Identity:
    role = Role(row.role)
    return Identity(
        actor=actor_of(row),
        name=row.full_name,
        rights=rights_of(role, row.rights),
        branches=frozenset(row.branches),
        role=role,
        login=row.login,
        doctor_id=row.doctor_id,
    )


def api_key_of(row: ApiKeyRow) -> ApiKey:
    """The key's row without its hash."""
    return ApiKey(
        id=row.id,
        name=row.name,
        rights=tuple(row.rights),
        branches=tuple(row.branches),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
