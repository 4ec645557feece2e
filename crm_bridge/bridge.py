"""A clinic put together from connectors: its own schedule, and what somebody else's system must be told.

Patients, schedule and requests are the bundled system's, for no connector of today takes a booking as a transaction.
Bookings, leads and calls go to the system that declares them, through the foreign outbox. Bookings and leads are
taken from the bundled system's own outbox (`Bridge.hear`), written in the transaction that made them true, so that
nothing is lost between the two; a call is told by the line (`Bridge.call_started`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.domain.clinic import Funding, RequestKind, Visit, VisitStatus
from bot.domain.clock import Clock
from bot.domain.follow_up import ActorKind
from crm_bridge.bridge_delegate import Delegate, OwnSystem
from crm_bridge.foreign import CallFinished, CallStarted, ForeignCapabilities, ForeignTask
from crm_bridge.foreign_outbox import ForeignOutbox, ForeignWrite, WriteKind, WriteState
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.port import CrmCapabilities, NotFound, Refused
from crm_bridge.rules.basics import COMING

_POLICIES = {Funding.OMS: "Оплата по ОМС.", Funding.DMS: "Оплата по ДМС."}
MOVE_BY_PERSON = "Перенос подтверждает администратор клиники: передайте просьбу ему"


class Happening(Protocol):
    """An event of the bundled system's outbox; `id` is the same whenever it is handed on again."""

    @property
    def id(self) -> int: ...

    @property
    def topic(self) -> str: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNews:
    """A lead as another system is told of it; `stage` and `reason` are values of the dictionary, texts in Russian."""

    full_name: str
    phone: str
    title: str
    comment: str
    stage: str
    reason: str | None = None


class LeadSource(Protocol):
    """Reads a lead together with its patient."""

    async def lead_news(self, lead_id: str) -> LeadNews:
        """Raises NotFound."""


class Bridge(Delegate):
    """ClinicSystem over the clinic's own system and the foreign ones.

    The first system that declares an ability has it. Over `request` booking a visit begins as a «Новая заявка», which
    a person there confirms; one that is still unconfirmed can be moved and stays so, a confirmed one only a person
    may move.
    """

    def __init__(
        self,
        own: OwnSystem,
        systems: Sequence[ForeignSystem],
        outbox: ForeignOutbox,
        clock: Clock,
        *,
        leads: LeadSource | None = None,
    ) -> None:
        super().__init__(own)
        self._outbox = outbox
        self._clock = clock
        self._leads = leads
        self._booking = _first(systems, lambda can: can.booking == "request")
        self._lead_book = None if leads is None else _first(systems, lambda can: can.leads)
        self._journal = _first(systems, lambda can: can.call_journal)
        self._tasks = _first(systems, lambda can: can.call_tasks)

    # ------------------------------------------------------------------ what the bot meets

    @property
    def capabilities(self) -> CrmCapabilities:
        """The clinic's own, except who confirms a booking."""
        own = self._own.capabilities
        if self._booking is None:
            return own
        name = f"{own.name}+{self._booking.name}"
        return CrmCapabilities(
            name=name, booking="request", patients=own.patients, requests=own.requests, waitlist=own.waitlist
        )

    async def book(
        self,
        hold_id: str,
        *,
        patient_id: str,
        call_id: str | None,
        funding: Funding = Funding.PAID,
        service_id: str | None = None,
    ) -> Visit:
        """Over `request` booking the visit is REQUESTED until a person over there confirms it."""
        return await self._own.book(
            hold_id,
            patient_id=patient_id,
            call_id=call_id,
            funding=funding,
            service_id=service_id,
            checked=self._booking is None,
        )

    async def move(self, visit_id: str, hold_id: str, *, call_id: str | None) -> Visit:
        """Raises Refused for a visit that people of the other system have confirmed: only they may move it."""
        if self._booking is not None and (await self._own.visit(visit_id)).status is not VisitStatus.REQUESTED:
            await self._own.release(hold_id)
            raise Refused(MOVE_BY_PERSON)
        return await self._own.move(visit_id, hold_id, call_id=call_id)

    async def accept_offer(self, offer_id: str, *, call_id: str | None) -> Visit:
        """As `book` and `move`: what people of the other system have confirmed only they may move."""
        left = (await self._offered_to_leave(offer_id)) if self._booking is not None else None
        if left is not None and left.status is not VisitStatus.REQUESTED:
            raise Refused(MOVE_BY_PERSON)
        return await self._own.accept_offer(offer_id, call_id=call_id, checked=self._booking is None)

    async def _offered_to_leave(self, offer_id: str) -> Visit | None:
        """The visit that an acceptance would move."""
        try:
            return (await self._own.offer(offer_id)).visit
        except NotFound:
            return None

    # ------------------------------------------------------------------ what the others are told

    async def hear(self, event: Happening) -> None:
        """Put what has happened here into the foreign outbox; safe twice. What came from there is not sent back."""
        if str(event.payload.get("by", "")).startswith(ActorKind.WEBHOOK.value):
            return
        subject, _, what = event.topic.partition(".")
        if subject == "visit" and self._booking is not None:
            await self._hear_visit(event, str(event.payload["visit_id"]), what, self._booking)
        if subject == "lead" and self._lead_book is not None and self._leads is not None:
            await self._hear_lead(event, str(event.payload["lead_id"]), what, self._lead_book, self._leads)

    async def _hear_visit(self, event: Happening, visit_id: str, what: str, system: ForeignSystem) -> None:
        wish = f"visit:{visit_id}"
        known = await self._outbox.get(wish)
        if known is None and what == VisitStatus.BOOKED:
            visit = await self._own.visit(visit_id)
            if visit.status in COMING and visit.starts_at > self._clock.now():
                await self._add(wish, system, WriteKind.BOOKING, _wish(visit, visit.starts_at))
        elif known is not None and what in ("moved", VisitStatus.CANCELLED):
            visit = await self._own.visit(visit_id)
            moved = what == "moved"
            content = _wish(visit, visit.starts_at if moved else None)
            # the port has no word for it: people over there read the comment
            step = "Перенос заявки" if moved else "Отмена заявки"
            content["comment"] = f"{step} {wish}, приём {visit.starts_at:%d.%m.%Y %H:%M}"
            await self._add(f"{wish}:{what}:{event.id}", system, WriteKind.BOOKING, content, after=wish)

    async def _hear_lead(
        self, event: Happening, lead_id: str, what: str, system: ForeignSystem, source: LeadSource
    ) -> None:
        opened = f"lead:{lead_id}"
        if what not in ("opened", "moved"):
            return
        news = await source.lead_news(lead_id)
        content = {"full_name": news.full_name, "phone": news.phone, "title": news.title, "comment": news.comment}
        await self._add(opened, system, WriteKind.LEAD_OPENED, content)
        if what == "moved":
            write_id = f"{opened}:moved:{event.id}"
            stage = str(event.payload.get("stage") or news.stage)
            # our number in the comment makes two steps to one stage different, and one step the same twice
            moved = {"stage": stage, "comment": f"{news.comment} [{write_id}]".strip(), "reason": news.reason}
            await self._add(write_id, system, WriteKind.LEAD_MOVED, moved, after=opened)

    async def call_started(self, call: CallStarted) -> None:
        """Tell the system that keeps the journal of calls, if there is one; safe twice."""
        if self._journal is not None:
            content = {
                "call_id": call.call_id,
                "direction": call.direction,
                "number_from": call.number_from,
                "number_to": call.number_to,
                "started_at": call.started_at.isoformat(),
            }
            await self._add(_call(call.call_id), self._journal, WriteKind.CALL_STARTED, content)

    async def call_finished(self, result: CallFinished, recording: Path | None = None) -> None:
        """After `call_started`; the recording goes only where recordings are kept. Safe twice."""
        if self._journal is None:
            return
        began = _call(result.call_id)
        content = {
            "call_id": result.call_id,
            "ended_at": result.ended_at.isoformat(),
            "duration_s": result.duration_s,
            "outcome": result.outcome,
        }
        await self._add(f"{began}:end", self._journal, WriteKind.CALL_FINISHED, content, after=began)
        if recording is not None and self._journal.capabilities.recordings:
            sound = {"path": str(recording)}
            await self._add(f"{began}:recording", self._journal, WriteKind.RECORDING, sound, after=began)

    async def due_call_tasks(self, until: datetime) -> Sequence[ForeignTask]:
        """Calls that the other system wants to be made; none where no system keeps such. Raises CrmUnavailable."""
        if self._tasks is None or self._tasks.tasks is None:
            return ()
        return await self._tasks.tasks.due_call_tasks(until)

    async def complete_task(self, task_id: str, outcome: str, comment: str) -> None:
        """Tell it what has become of such a call; safe twice."""
        if self._tasks is not None:
            content = {"task_id": task_id, "outcome": outcome, "comment": comment}
            await self._add(f"task:{task_id}", self._tasks, WriteKind.TASK_DONE, content)

    async def left_to_people(self, write: ForeignWrite) -> None:
        """What the relay calls for a write it gives up: a patient waits behind it, so somebody must see it.

        A call or a task that could not be told leaves only its line in the outbox. Safe twice.
        """
        if write.kind not in (WriteKind.BOOKING, WriteKind.LEAD_OPENED):
            return
        content = write.content
        note = " ".join(str(content.get(key) or "") for key in ("title", "doctor", "service", "wished_at", "comment"))
        fields = {
            "reason": "foreign_write",
            "patient": str(content.get("full_name") or ""),
            "note": f"Не передано в {write.system}: {' '.join(note.split())}".rstrip(": "),
        }
        phone = str(content.get("phone") or "") or None
        # The write's id stands for the call's, which makes the same request twice one.
        await self.create_request(RequestKind.CALLBACK, fields, call_id=write.id[:64], phone=phone, patient_id=None)

    async def _add(
        self,
        write_id: str,
        system: ForeignSystem,
        kind: WriteKind,
        content: Mapping[str, Any],
        *,
        after: str | None = None,
    ) -> None:
        now = self._clock.now()
        await self._outbox.add(
            ForeignWrite(
                id=write_id,
                system=system.name,
                kind=kind,
                content=content,
                created_at=now,
                due_at=now,
                after=after,
                state=WriteState.WAITING,
            )
        )


def _first(systems: Sequence[ForeignSystem], can: Callable[[ForeignCapabilities], bool]) -> ForeignSystem | None:
    return next((system for system in systems if can(system.capabilities)), None)


def _call(call_id: str) -> str:
    return f"call:{call_id}"


def _wish(visit: Visit, at: datetime | None) -> dict[str, Any]:
    return {
        "full_name": visit.patient.full_name,
        "phone": visit.patient.phone or "",
        "wished_at": at.isoformat() if at else None,
        "service": visit.service.name if visit.service else "",
        "doctor": visit.doctor.full_name if visit.doctor else "",
        "comment": " ".join(text for text in (visit.comment, _POLICIES.get(visit.funding)) if text),
    }
