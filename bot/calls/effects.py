"""Performs the effects of the script through the clinic's system; a refusal is a value, never an exception."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any

from bot.calls import booking, care, clinic_info, waiting, whois
from bot.calls.again import call_again
from bot.calls.openings import find_openings
from bot.calls.plain import meant, plain_visit
from bot.calls.wishes import avoided, either
from bot.domain.clinic import ClinicDirectory, RequestKind, Visit
from bot.domain.clock import Clock
from crm_bridge.port import ClinicSystem, CrmError, HoldExpired, NotFound, OpeningTaken, Refused, VisitClosed
from dialogs.effects import EFFECTS, UNAVAILABLE
from dialogs.step import Effect, EffectDone

log = logging.getLogger(__name__)

_ERRORS: Mapping[type[CrmError], str] = {
    OpeningTaken: "opening_taken",
    HoldExpired: "hold_expired",
    NotFound: "not_found",
    VisitClosed: "visit_closed",
    Refused: "refused",
}
_ASK_AGAIN_DAYS = 7
"""When somebody who has no time now is asked again, unless they name a day."""

Args = Mapping[str, Any]
Result = dict[str, Any]


class Effects:
    """The hands of one call. Every write carries its id, so that a retry writes once."""

    def __init__(
        self, crm: ClinicSystem, clock: Clock, *, call_id: str, caller: str | None, timeout_s: float = 4.0
    ) -> None:
        self._crm = crm
        self._clock = clock
        self._call_id = call_id
        self._caller = caller
        self._timeout_s = timeout_s
        self._directory: ClinicDirectory | None = None
        self._doers: Mapping[str, Callable[[Args], Awaitable[Result]]] = {
            "find_patient": self._find_patient,
            "do_not_call": self._do_not_call,
            "openings": self._openings,
            "hold": self._hold,
            "release": self._release,
            "book": self._book,
            "visits": self._visits,
            "move": self._move,
            "cancel": self._cancel,
            "confirm": self._confirm,
            "create_request": self._create_request,
            "callback": self._callback,
            "refuse_errand": self._refuse_errand,
            "postpone_errand": self._postpone_errand,
            "call_later": self._call_later,
            "call_again": self._call_again,
            "join_waitlist": self._join_waitlist,
            "accept_offer": self._accept_offer,
            "decline_offer": self._decline_offer,
            "leave_waitlist": self._leave_waitlist,
            "home_visit_day": self._home_visit_day,
            "payers": self._payers,
            "prep": self._prep,
            "prep_told": self._prep_told,
            "price": self._price,
            "hours": self._hours,
            "schedule": self._schedule,
            "address": self._address,
            "documents": self._documents,
            "sick_leaves": self._sick_leaves,
            "test_results": self._test_results,
        }

    @property
    def known(self) -> frozenset[str]:
        """Names of the effects performed here; the transfer is the call's own."""
        return frozenset(self._doers)

    async def perform(self, effect: Effect) -> EffectDone:
        """Do it, or say why not: a refusal by its name, an outage or a fault as `unavailable`."""
        try:
            async with asyncio.timeout(self._timeout_s):
                value = await self._doers[effect.name](effect.args)
            return EffectDone(name=effect.name, ok=True, value=value)
        except CrmError as error:
            name = _ERRORS.get(type(error), UNAVAILABLE)
        except TimeoutError:
            name = UNAVAILABLE
        except Exception:
            log.exception("An effect failed", extra={"call_id": self._call_id, "effect": effect.name})
            name = UNAVAILABLE
        return EffectDone(name=effect.name, ok=False, value={"error": name})

    async def directory(self) -> ClinicDirectory:
        """The clinic's directory, asked once a call."""
        if self._directory is None:
            self._directory = await self._crm.directory()
        return self._directory

    async def _find_patient(self, args: Args) -> Result:
        born = _date(args.get("birth_date"))
        if born is None:
            return {"found": False}
        said = str(args["name"])
        patient = await self._crm.find_patient(said, born)
        people = await self._crm.patients_by_phone(self._caller) if patient is None and self._caller else ()
        patient = patient or whois.by_phone(said, born, people)
        if patient is None:
            return {"found": False, "near": whois.by_name(said, people) is not None}
        return {
            "found": True,
            "id": patient.id,
            "name": patient.full_name,
            "birth_date": patient.birth_date.isoformat(),
        }

    async def _do_not_call(self, args: Args) -> Result:
        await self._crm.do_not_call(str(args["phone"]), call_id=self._call_id)
        return {}

    async def _openings(self, args: Args) -> Result:
        now = self._clock.now()
        return await find_openings(
            self._crm,
            await self.directory(),
            args,
            avoided=avoided(str(args.get("avoid") or ""), now.date(), not_on=_date(args.get("not_on"))),
            either=either(str(args.get("said") or ""), now),
        )

    async def _hold(self, args: Args) -> Result:
        held = await booking.hold(self._crm, await self.directory(), args, call_id=self._call_id)
        return {"id": held.id}

    async def _release(self, args: Args) -> Result:
        await self._crm.release(str(args["hold"]))
        return {}

    async def _book(self, args: Args) -> Result:
        born = _date(args.get("birth_date"))
        if born is None:
            raise NotFound("no birth date")
        phone = str(args.get("phone") or "") or None
        patient = await self._crm.register_patient(full_name=str(args["name"]), birth_date=born, phone=phone)
        visit = await booking.book(self._crm, await self.directory(), args, patient.id, call_id=self._call_id)
        return await self._made(visit)

    async def _made(self, visit: Visit) -> Result:
        """A visit that was just made, with how to prepare for it."""
        service = visit.service.name if visit.service else ""
        told = clinic_info.prep(await self.directory(), service) if service else {}
        return plain_visit(visit) | {"prep": told.get("text", "")}

    async def _visits(self, args: Args) -> Result:
        visits = meant([plain_visit(visit) for visit in await self._crm.visits_of([str(args["patient"])])], args)
        return {"count": len(visits), "list": visits[:3]}

    async def _move(self, args: Args) -> Result:
        return plain_visit(await booking.move(self._crm, await self.directory(), args, call_id=self._call_id))

    async def _cancel(self, args: Args) -> Result:
        visit = await self._crm.cancel(str(args["visit"]), reason=str(args["reason"]), call_id=self._call_id)
        return {"id": visit.id}

    async def _confirm(self, args: Args) -> Result:
        return {"id": (await self._crm.confirm(str(args["visit"]), call_id=self._call_id)).id}

    async def _prep_told(self, args: Args) -> Result:
        await self._crm.prep_told(str(args["visit"]), call_id=self._call_id)
        return {}

    async def _create_request(self, args: Args) -> Result:
        return await self._request(RequestKind(str(args["kind"])), args.get("fields") or {}, args)

    async def _callback(self, args: Args) -> Result:
        fields = {"reason": args.get("reason"), "note": args.get("note"), **(args.get("fields") or {})}
        return await self._request(RequestKind.CALLBACK, fields, args)

    async def _request(self, kind: RequestKind, fields: Mapping[str, Any], args: Args) -> Result:
        filled = {key: str(value) for key, value in fields.items() if value}
        request = await self._crm.create_request(
            kind,
            filled,
            call_id=self._call_id,
            phone=filled.get("phone") or self._caller,
            patient_id=str(args.get("patient") or "") or None,
        )
        return {"id": request.id}

    async def _refuse_errand(self, args: Args) -> Result:
        await self._crm.refuse_errand(str(args["errand"]), reason=str(args["reason"]), call_id=self._call_id)
        return {}

    async def _postpone_errand(self, args: Args) -> Result:
        until = self._asked_day(args)
        await self._crm.postpone_errand(str(args["errand"]), until, call_id=self._call_id)
        return {"date": until.isoformat()}

    def _asked_day(self, args: Args) -> date:
        """The day they named, or the first of several."""
        wanted = _date(str(args.get("date") or "")[:10])
        return wanted or self._clock.now().date() + timedelta(days=_ASK_AGAIN_DAYS)

    async def _call_later(self, args: Args) -> Result:
        """A task of the bot's for that day where it is known what about, else a request to people (I4)."""
        need, born = waiting.need_of(await self.directory(), args), _date(args.get("birth_date"))
        day = self._asked_day(args)
        if need is None or born is None:
            asked = waiting.request_of({**args, "date": day.isoformat()}) | {"reason": "call_later"}
            return await self._callback(asked) | {"date": day.isoformat()}
        phone = str(args.get("phone") or "") or None
        patient = await self._crm.register_patient(full_name=str(args["name"]), birth_date=born, phone=phone)
        return await waiting.plan_call(self._crm, need, args, patient, day, call_id=self._call_id)

    async def _call_again(self, args: Args) -> Result:
        return call_again(args, self._clock.now())

    async def _join_waitlist(self, args: Args) -> Result:
        need, born = waiting.need_of(await self.directory(), args), _date(args.get("birth_date"))
        if not self._crm.capabilities.waitlist or need is None or born is None:
            return await self._callback(waiting.request_of(args) | {"patient": args.get("patient")})
        phone = str(args.get("phone") or "") or None
        patient = await self._crm.register_patient(full_name=str(args["name"]), birth_date=born, phone=phone)
        entry = await waiting.join(self._crm, need, args, patient, call_id=self._call_id)
        return {"id": entry.id, "listed": True, "until": entry.valid_to.isoformat()}

    async def _accept_offer(self, args: Args) -> Result:
        return await self._made(await self._crm.accept_offer(str(args["offer"]), call_id=self._call_id))

    async def _decline_offer(self, args: Args) -> Result:
        await self._crm.decline_offer(str(args["offer"]), call_id=self._call_id)
        return {}

    async def _leave_waitlist(self, args: Args) -> Result:
        await self._crm.leave_waitlist(str(args["entry"]), call_id=self._call_id)
        return {}

    async def _home_visit_day(self, args: Args) -> Result:
        return clinic_info.home_visit_day(await self.directory(), self._clock.now())

    async def _payers(self, args: Args) -> Result:
        return clinic_info.payers(await self.directory(), args)

    async def _prep(self, args: Args) -> Result:
        return clinic_info.prep(await self.directory(), str(args.get("service") or ""))

    async def _price(self, args: Args) -> Result:
        return clinic_info.price_by_payer(await self.directory(), args)

    async def _hours(self, args: Args) -> Result:
        directory = await self.directory()
        wanted = str(args.get("date") or "")
        return clinic_info.hours(directory, kind=str(args["kind"]), wanted=wanted, now=self._clock.now())

    async def _schedule(self, args: Args) -> Result:
        found = await find_openings(self._crm, await self.directory(), {**args, "limit": 30, "same_doctor": True})
        days = list({item["at"][:10]: item["at"] for item in found["list"]}.values())
        return {**found, "found": bool(found["count"]), "list": days[:3]}

    async def _address(self, args: Args) -> Result:
        return clinic_info.address((await self.directory()).branches)

    async def _documents(self, args: Args) -> Result:
        policy, child = str(args.get("policy_kind") or ""), bool(args.get("child"))
        service = str(args.get("service") or "")
        return clinic_info.documents(await self.directory(), policy_kind=policy, child=child, service=service)

    async def _sick_leaves(self, args: Args) -> Result:
        return await care.sick_leaves(self._crm, args, self._clock.now().date())

    async def _test_results(self, args: Args) -> Result:
        return await care.test_results(self._crm, args)


def writes(name: str) -> bool:
    """Whether the effect changes what people at the desk see."""
    return EFFECTS[name].writes


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
