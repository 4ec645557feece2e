"""The waiting list as effects of the script: what the caller said becomes a need and a wish (I4, I9, I11, I12)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from bot.calls.clinic_info import fold, named_doctors
from bot.calls.openings import dates_of, times_of
from bot.calls.wishes import said_days
from bot.domain.clinic import ClinicDirectory, Funding, Patient
from bot.domain.follow_up import Need, WaitlistEntry, WaitRequest, Wish
from crm_bridge.port import ClinicSystem

_MOST_DAYS = 62

_NOT_THAT_TIME = re.compile(
    r"\b(?:кроме|не)(?: (?:по|в|с|до|после|рано|на|только))* (?:утр|вечер|днем|обед|час|завтра|сегодня)"
)
_ALL_DAYS = frozenset(range(1, 8))


def need_of(directory: ClinicDirectory, args: Mapping[str, Any]) -> Need | None:
    """Service, doctor or specialty in the clinic's own terms; None when the clinic has nothing of the kind."""
    service = next((one for one in directory.services if fold(one.name) == fold(str(args.get("service") or ""))), None)
    if service is not None:
        return Need(service_id=service.id)
    doctors = named_doctors(directory, str(args.get("doctor") or ""))
    if len(doctors) == 1:
        return Need(doctor_id=doctors[0].id)
    specialty = str(args.get("specialty") or (doctors[0].specialty if doctors else ""))
    return Need(specialty=specialty) if specialty in directory.specialties else None


def wish_of(args: Mapping[str, Any]) -> Wish:
    """Days and hours that suit: `date` and `time` in the form of slots, weekdays from the caller's own `words`."""
    words = fold(str(args.get("words") or ""))
    but_then = bool(_NOT_THAT_TIME.search(words))
    weekdays = _weekdays(words)
    wish = _hours(Wish(weekdays=weekdays), "" if but_then else str(args.get("time") or ""))
    first, last = dates_of(str(args.get("date") or ""))
    if weekdays or but_then or first is None or last is None:
        return wish
    if not first <= last <= first + timedelta(days=_MOST_DAYS):
        return wish
    span = range((last - first).days + 1)
    return replace(wish, days=frozenset(first + timedelta(days=number) for number in span))


def _weekdays(words: str) -> frozenset[int]:
    """ISO days of the week that suit every week; none for any day, or when one certain day was named."""
    wanted, refused = said_days(words)
    left = (wanted or _ALL_DAYS) - refused
    return left if wanted or refused else frozenset()


def _hours(wish: Wish, said: str) -> Wish:
    start, end, exact = times_of(said)
    if exact is not None:
        # «в десять» is that hour, not that minute
        return replace(wish, time_from=exact, time_to=time(exact.hour + 1, exact.minute) if exact.hour < 23 else None)
    return replace(wish, time_from=start, time_to=end)


async def join(
    crm: ClinicSystem, need: Need, args: Mapping[str, Any], patient: Patient, *, call_id: str
) -> WaitlistEntry:
    """Write the caller down; joined again in the same talk, the wish is changed. Raises CrmError."""
    branch = str(args.get("branch") or "any")
    return await crm.join_waitlist(
        WaitRequest(
            patient_id=patient.id,
            need=need,
            wish=wish_of(args),
            comment=str(args.get("words") or "") or "Любое время",
            phone=str(args.get("phone") or "") or None,
            branch_id=None if branch == "any" else branch,
            acute=bool(args.get("acute")),
            funding=Funding(args["policy_kind"]) if args.get("policy_kind") else None,
            refused=[str(one) for one in args.get("refused") or ()],
            visit_id=str(args.get("visit") or "") or None,
        ),
        call_id=call_id,
    )


def request_of(args: Mapping[str, Any]) -> dict[str, Any]:
    """What a person must know of who wants to wait, where the clinic's system has no waiting list."""
    fields = {key: args.get(key) for key in ("birth_date", "specialty", "doctor", "service", "phone", "date", "time")}
    note = args.get("words") or args.get("doctor") or args.get("specialty") or args.get("service")
    return {"reason": "waitlist", "note": note, "fields": {"patient": args.get("name"), **fields}}


async def plan_call(
    crm: ClinicSystem, need: Need, args: Mapping[str, Any], patient: Patient, day: date, *, call_id: str
) -> dict[str, Any]:
    """«Позвоните через неделю»: a task of the bot for that day, with the caller's words (I4). Raises CrmError."""
    words = str(args.get("words") or "Просит перезвонить")
    errand = await crm.plan_errand(patient.id, need, active_from=day, comment=words, call_id=call_id)
    return {"id": errand.task.id, "date": errand.task.active_from.isoformat(), "planned": True}
