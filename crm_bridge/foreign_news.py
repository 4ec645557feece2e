"""What other systems tell, worked into the clinic's own: a wish confirmed, refused, missed; a prescription written."""

from __future__ import annotations

import hashlib
import logging
from datetime import date, datetime
from typing import Any, Protocol

from bot.domain.clinic import RequestKind, Visit, VisitStatus
from bot.domain.follow_up import NOT_SAID, Actor, ActorKind, Prescription
from crm_bridge.foreign import CrmEvent
from crm_bridge.foreign_outbox import ForeignOutbox
from crm_bridge.names import doctor_matches, fold
from crm_bridge.port import ClinicSystem, CrmError

log = logging.getLogger(__name__)

_LONGEST_ID = 64
_CONFIRMED = ("created", "booked", "confirmed")
_OTHER_TIME = "Там назначили другое время приёма"
_NOT_OURS = "Там подтвердили приём, который у нас отменён"
_NO_STEP = "Там изменили приём, а у нас этого сделать нельзя"
_NOT_NOW = "Там отметили неявку, а у нас этот приём ещё не прошёл или не подтверждён"


class OwnRoute(ClinicSystem, Protocol):
    """The steps of a visit that only people take, and so a system in which people have taken them."""

    async def check(self, visit_id: str, *, by: Actor) -> Visit: ...

    async def cancel_visit(self, visit_id: str, *, cancelled_by: str, reason_id: str | None, by: Actor) -> Visit: ...

    async def no_show(self, visit_id: str, *, by: Actor) -> Visit: ...


class PrescriptionBook(Protocol):
    """Where prescriptions are written, with the lead and the task that follow."""

    async def prescribe(
        self,
        *,
        patient_id: str,
        doctor_id: str,
        title: str,
        due_on: date | None,
        by: Actor,
        service_id: str | None = None,
        event_key: str | None = None,
    ) -> Prescription: ...


class ForeignNews:
    """Works each event in once: every step looks first whether it has been taken. What it cannot, people are asked."""

    def __init__(self, own: OwnRoute, outbox: ForeignOutbox, prescriptions: PrescriptionBook) -> None:
        self._own = own
        self._outbox = outbox
        self._prescriptions = prescriptions

    async def take(self, event: CrmEvent, *, system: str) -> bool:
        """Whether something was done. Raises CrmUnavailable: then the event must come again."""
        by = Actor(kind=ActorKind.WEBHOOK, id=system)
        subject, _, what = event.topic.partition(".")
        if subject == "appointment":
            visit_id = await self._visit_of(str(event.payload.get("request_id") or ""))
            return visit_id is not None and await self._worked_in(await self._own.visit(visit_id), what, event, by)
        if event.topic == "prescription.created":
            return await self._prescribed(event, by)
        return False

    async def _visit_of(self, request_id: str) -> str | None:
        """Of the visit's last wish only: whoever tidies up an earlier one does not mean the visit."""
        parts = request_id.split(":")
        if parts[0] != "visit" or len(parts) < 2 or "cancelled" in parts[2:]:
            return None
        wish = ":".join(parts[:2])
        known = await self._outbox.get(wish)
        if known is None:
            log.info("an event about a visit that was not asked for", extra={"request_id": request_id[:128]})
            return None
        last = [known, *await self._outbox.following(wish)][-1]
        return parts[1] if last.id == request_id else None

    async def _worked_in(self, visit: Visit, what: str, event: CrmEvent, by: Actor) -> bool:
        try:
            return await self._visit(visit, what, event, by)
        except CrmError as error:
            if error.retryable:
                raise
            return await self._ask(event, f"{_NOT_NOW if what == 'no_show' else _NO_STEP}: {error}", visit)

    async def _visit(self, visit: Visit, what: str, event: CrmEvent, by: Actor) -> bool:
        status = visit.status
        if what in _CONFIRMED:
            if status is VisitStatus.CANCELLED:
                return await self._ask(event, _NOT_OURS, visit)
            if _moment(event.payload.get("at")) not in (None, visit.starts_at):
                return await self._ask(event, _OTHER_TIME, visit)
            if status is not VisitStatus.REQUESTED:
                return False
            await self._own.check(visit.id, by=by)
            return True
        if what == "moved":
            same = _moment(event.payload.get("at")) == visit.starts_at
            return not same and await self._ask(event, _OTHER_TIME, visit)
        if what == "cancelled" and status not in (VisitStatus.CANCELLED, VisitStatus.COMPLETED, VisitStatus.NO_SHOW):
            who = "patient" if event.payload.get("by") == "patient" else "clinic"
            await self._own.cancel_visit(visit.id, cancelled_by=who, reason_id=NOT_SAID, by=by)
            return True
        if what == "no_show" and status is not VisitStatus.NO_SHOW:
            await self._own.no_show(visit.id, by=by)
            return True
        return False

    async def _prescribed(self, event: CrmEvent, by: Actor) -> bool:
        told = event.payload
        title = str(told.get("title") or "")
        try:
            birth_date, due_on = _day(told, "birth_date"), _day(told, "due_on")
            doctor_id, service_id = await self._performers(told)
            patient = await self._own.register_patient(
                full_name=str(told["full_name"]), birth_date=birth_date, phone=str(told.get("phone") or "") or None
            )
            await self._prescriptions.prescribe(
                patient_id=patient.id,
                doctor_id=doctor_id,
                title=title,
                due_on=due_on,
                by=by,
                service_id=service_id,
                event_key=event.key,
            )
        except (KeyError, ValueError) as error:
            return await self._ask(event, f"Назначение «{title}» не разобрано: {error}")
        except CrmError as error:
            if error.retryable:
                raise
            return await self._ask(event, f"Назначение «{title}» не принято: {error}")
        return True

    async def _performers(self, told: Any) -> tuple[str, str | None]:
        """The doctor, who must be clear, and the service, if it is in the dictionary."""
        directory = await self._own.directory()
        doctors = [one for one in directory.doctors if doctor_matches(str(told.get("doctor") or ""), one.full_name)]
        if len(doctors) != 1:
            raise ValueError("врач не найден или не один")
        wanted = fold(str(told.get("service") or ""))
        service = next((one for one in directory.services if wanted and fold(one.name) == wanted), None)
        return doctors[0].id, service.id if service else None

    async def _ask(self, event: CrmEvent, note: str, visit: Visit | None = None) -> bool:
        """A request for the registry; what is asked stands for the call, so that asking twice asks once.

        Of a visit the same is asked once for a time, however often the other system tells it.
        """
        key = event.key if visit is None else f"{visit.id}:{event.topic}:{event.payload.get('at')}"
        fields = {"reason": "foreign_news", "note": note}
        if visit is not None:
            fields |= {"patient": visit.patient.full_name, "at": visit.starts_at.isoformat()[:16]}
        phone = visit.patient.phone if visit else str(event.payload.get("phone") or "") or None
        await self._own.create_request(
            RequestKind.CALLBACK,
            fields,
            call_id=_asked_by(key),
            phone=phone,
            patient_id=visit.patient.id if visit else None,
        )
        return True


def _asked_by(key: str) -> str:
    """The key, or what stands for one that is too long for its column."""
    return key if len(key) <= _LONGEST_ID else hashlib.sha256(key.encode()).hexdigest()


def _moment(said: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _day(told: Any, name: str) -> date:
    try:
        return date.fromisoformat(str(told[name]))
    except (KeyError, ValueError):
        raise ValueError(f"поле {name} должно быть датой вида 2026-12-31") from None
