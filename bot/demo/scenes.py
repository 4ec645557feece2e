"""The five scenes of a demo, and what must be true after each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.calls import Calls, NotRung
from bot.demo.cast import Cast, Role
from bot.demo.desk import answer_at_the_desk
from bot.demo.stage import Stage
from bot.domain.clinic import RequestKind, Visit
from bot.domain.task import CallTask, TaskKind, TaskStatus
from bot.outbound.planner import reminder_key


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneResult:
    """How a scene went: right, or what was wrong; `wrong_commit` is the fault that must never happen."""

    title: str
    call_id: str
    right: bool
    outcome: Mapping[str, Any]
    remark: str = ""
    wrong_commit: bool = False


class Scenes:
    """Plays a cast on a stage, scene after scene."""

    def __init__(self, stage: Stage, cast: Cast) -> None:
        self._stage = stage
        self._cast = cast
        self._calls = Calls(stage)
        self._clinic = stage.service.core.clinic

    async def book(self) -> SceneResult:
        """A visit is booked in free speech."""
        role = self._cast.booker
        call_id, outcome = await self._phone_in(role)
        visits = await self._coming(role)
        right = outcome.get("outcome") == "booked" and len(visits) == 1 and self._fits(visits[0], role)
        strange = await self._strange_visits(role)
        wrong = bool(strange) or (len(visits) > 0 and not right)
        return self._result(role, call_id, outcome, right, "" if right else f"приёмов: {len(visits)}", wrong)

    async def ask_person(self) -> SceneResult:
        """A person is asked for, and a registrar joins."""
        role = self._cast.asks_person
        desk = asyncio.create_task(answer_at_the_desk(self._stage))
        call_id, outcome = await self._phone_in(role)
        heard = await _or_none(desk)
        right = outcome.get("outcome") == "transferred" and heard is not None
        return self._result(role, call_id, outcome, right, "" if heard is not None else "регистратор не снял трубку")

    async def call_home(self) -> SceneResult:
        """A doctor is called home."""
        role = self._cast.home
        call_id, outcome = await self._phone_in(role)
        made = [
            request
            for request in await self._clinic.open_requests()
            if request.kind is RequestKind.HOME_VISIT and request.call_id == call_id
        ]
        fits = len(made) == 1 and same_address(made[0].fields.get("address", ""), role.address)
        right = outcome.get("outcome") == "home_visit_created" and fits
        remark = "" if right else f"адрес: {made[0].fields.get('address') if made else 'нет заявки'}"
        return self._result(role, call_id, outcome, right, remark, wrong_commit=bool(made) and not fits)

    async def hang_up(self) -> SceneResult:
        """The phone is put down in mid-sentence."""
        role = self._cast.hangs_up
        call_id, outcome = await self._phone_in(role)
        right = outcome.get("outcome") == "ended_by_caller"
        wrong = bool(await self._strange_visits(role)) or bool(await self._coming(role))
        return self._result(role, call_id, outcome, right, wrong_commit=wrong)

    async def remind(self) -> SceneResult:
        """The bot phones the first patient about that very visit, and it is moved."""
        role = self._cast.reminded
        visits = await self._coming(role)
        if not visits:
            return self._result(role, "", {}, False, "напоминать не о чем: приём не записан")
        try:
            talked = await self._calls.be_phoned(role.part, await self._task(visits[0]))
        except NotRung as why:
            return self._result(role, "", {}, False, f"телефон не зазвонил: {why}")
        outcome = talked.outcome
        after = await self._coming(role)
        right = outcome.get("outcome") == "rescheduled" and len(after) == 1 and self._fits(after[0], role)
        moved_wrong = len(after) != 1 or (after[0].starts_at != visits[0].starts_at and not right)
        when = f"{after[0].starts_at:%d.%m %H:%M}" if after else "приёма нет"
        return self._result(role, talked.call_id, outcome, right, "" if right else f"теперь {when}", moved_wrong)

    # --------------------------------------------------------------- inside

    async def _phone_in(self, role: Role) -> tuple[str, Mapping[str, Any]]:
        talked = await self._calls.phone_in(role.part)
        return talked.call_id, talked.outcome

    async def _task(self, visit: Visit) -> str:
        """The reminder's task: the planner's own if it has made one, else made as it would."""
        await self._stage.service.outbound.planner.plan()
        for task in await self._stage.service.tasks.open_tasks():
            if task.visit_id == visit.id:
                return task.id
        task = CallTask(
            id=f"demo-{visit.id}",
            kind=TaskKind.REMINDER,
            phone=visit.patient.phone or "",
            due_at=self._stage.service.core.clock.now(),
            status=TaskStatus.PENDING,
            visit_id=visit.id,
            visit_at=visit.starts_at,
            patient_id=visit.patient.id,
        )
        await self._stage.service.tasks.add(task, dedup_key=f"demo:{reminder_key(visit)}")
        return task.id

    async def _coming(self, role: Role) -> Sequence[Visit]:
        return await self._clinic.visits_of([role.patient.id])

    async def _strange_visits(self, role: Role) -> list[Visit]:
        """Visits booked under this phone for anybody else: the fault that must never happen."""
        family = {patient.id for patient in await self._clinic.patients_by_phone(role.part.phone)} - {role.patient.id}
        return [visit for visit in await self._clinic.visits_of(sorted(family)) if visit.patient.id != role.patient.id]

    def _fits(self, visit: Visit, role: Role) -> bool:
        specialty = visit.doctor.specialty if visit.doctor else ""
        at = visit.starts_at.astimezone(self._stage.service.core.settings.zone).replace(tzinfo=None)
        return specialty == role.specialty and at == role.at

    def _result(
        self,
        role: Role,
        call_id: str,
        outcome: Mapping[str, Any],
        right: bool,
        remark: str = "",
        wrong_commit: bool = False,
    ) -> SceneResult:
        return SceneResult(
            title=role.title,
            call_id=call_id,
            right=right,
            outcome=outcome,
            remark=remark,
            wrong_commit=wrong_commit,
        )


def same_address(one: str, other: str) -> bool:
    """Whether two addresses name the same place: order, commas and the word «улица» do not matter."""

    def words(text: str) -> list[str]:
        plain = text.casefold().replace("ё", "е").replace(",", " ").replace(".", " ").split()
        return sorted(word for word in plain if word not in {"улица", "ул", "дом", "д"})

    return words(one) == words(other)


async def _or_none(answering: asyncio.Task[bytes]) -> bytes | None:
    """What the registrar heard; None when the phone never rang."""
    done, _ = await asyncio.wait({answering}, timeout=10)
    if not done:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        return None
    return answering.result()
