"""The waiting list as effects of the script: what the caller said becomes a need and a wish (I4, I9, I11, I12)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from bot.calls.clinic_info import fold, named_doctors
from bot.calls.openings import dates_of, times_of
from bot.domain.clinic import ClinicDirectory, Patient
from bot.domain.follow_up import Need, WaitlistEntry, Wish
from crm_bridge.port import ClinicSystem

_MOST_DAYS = 62

_WEEKDAYS: Mapping[str, frozenset[int]] = {
    "будн": frozenset(range(1, 6)),
    "рабоч": frozenset(range(1, 6)),
    "выходн": frozenset({6, 7}),
    "понедельник": frozenset({1}),
    "вторник": frozenset({2}),
    "сред": frozenset({3}),
    "четверг": frozenset({4}),
    "пятниц": frozenset({5}),
    "суббот": frozenset({6}),
    "воскресень": frozenset({7}),
}
_EVERY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\w*(?:ам|ям|ым|им)\b|\b(?:в|на|только) (будн|рабоч|выходн)\w*")
"""«по средам», «в будни», «в рабочие дни»: every such day, unlike «в среду»."""


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
    weekdays = frozenset[int]().union(*(_WEEKDAYS[found[1] or found[2]] for found in _EVERY.finditer(words)))
    wish = _hours(Wish(weekdays=weekdays), str(args.get("time") or ""))
    first, last = dates_of(str(args.get("date") or ""))
    if weekdays or first is None or last is None or not first <= last <= first + timedelta(days=_MOST_DAYS):
        return wish
    span = range((last - first).days + 1)
    return replace(wish, days=frozenset(first + timedelta(days=number) for number in span))


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
        patient_id=patient.id,
        need=need,
        wish=wish_of(args),
        comment=str(args.get("words") or "") or "Любое время",
        phone=str(args.get("phone") or "") or None,
        call_id=call_id,
        branch_id=None if branch == "any" else branch,
        acute=bool(args.get("acute")),
    )


def request_of(args: Mapping[str, Any]) -> dict[str, Any]:
    """What a person must know of who wants to wait, where the clinic's system has no waiting list."""
    fields = {key: args.get(key) for key in ("birth_date", "specialty", "doctor", "service", "phone", "date", "time")}
    note = args.get("words") or args.get("doctor") or args.get("specialty") or args.get("service")
    return {"reason": "waitlist", "note": note, "fields": {"patient": args.get("name"), **fields}}
