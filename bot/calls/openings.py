"""Looking for openings that suit a wish, and for the nearest to it when none does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any

from bot.calls.clinic_info import named_doctors, service_named, services_meant
from bot.calls.wishes import NOTHING_AVOIDED, Avoided
from bot.domain.clinic import ClinicDirectory, Funding, Opening, OpeningQuery
from crm_bridge.port import ClinicSystem

ANY_BRANCH = "any"
_MANY = 60
"""Read where what does not suit is left out afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller wants: clinic's names, inclusive dates, half-open times."""

    query: OpeningQuery
    specialty: str | None = None
    until: date | None = None
    """The last day that can be, whatever else is given up."""
    before: str = ""
    """Only what begins earlier than this moment, YYYY-MM-DDTHH:MM."""
    excluded: frozenset[str] = frozenset()
    avoided: Avoided = NOTHING_AVOIDED
    same_doctor: bool = False
    limit: int = 3


def plain(opening: Opening, directory: ClinicDirectory, service: str = "") -> dict[str, str]:
    """An opening as the script sees it, for the service asked for; the branch is named only where there are several."""
    record = {"id": opening.id, "at": opening.starts_at.isoformat()[:16]}
    if opening.doctor:
        record |= {"doctor": opening.doctor.full_name, "specialty": opening.doctor.specialty}
    if opening.service or service:
        record |= {"service": opening.service.name if opening.service else service}
    if directory.branches[1:]:
        record |= {"branch": next((one.name for one in directory.branches if one.id == opening.branch_id), "")}
    return record


async def find_openings(
    crm: ClinicSystem,
    directory: ClinicDirectory,
    args: Mapping[str, Any],
    *,
    avoided: Avoided = NOTHING_AVOIDED,
    either: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Return the effect's result: openings in `list`, and in `relaxed` what had to be given up to find any.

    What is `avoided` is never among them; of `either` day or hour, (date, time) each, those that are free are.
    """
    named = _named(directory, args)
    if named is None:
        unknown = {"service": args["service"]} if args.get("service") else args
        several = services_meant(directory, args.get("service"))
        return {"count": 0, "list": [], "known": False, "several": several, **_subject(unknown)}
    wish = _wish(named, args, avoided)
    chosen = [await _search(crm, _wish(named, {**args, "date": day, "time": hour}, avoided)) for day, hour in either]
    if any(chosen):
        return _result(directory, named, _some_of_each(chosen, wish.limit))
    for relaxed, easier in _ladder(wish):
        found = await _search(crm, easier)
        if found:
            return _result(directory, named, found[: wish.limit]) | ({"relaxed": relaxed} if relaxed else {})
    nothing = {"count": 0, "list": [], "known": True, **_subject(named)}
    others = [] if avoided == NOTHING_AVOIDED else await _search(crm, replace(easier, avoided=NOTHING_AVOIDED))
    return nothing | ({"avoided": True} if others else {})


def _result(directory: ClinicDirectory, named: Mapping[str, Any], found: Sequence[Opening]) -> dict[str, Any]:
    openings = [plain(opening, directory, str(named.get("service") or "")) for opening in found]
    return {"count": len(openings), "list": openings, "known": True, **_subject(named)}


def _some_of_each(chosen: Sequence[Sequence[Opening]], limit: int) -> list[Opening]:
    """The soonest of every day or hour named, then more of them, in their order."""
    turns = {one.id: one for turn in zip_longest(*chosen) for one in turn if one is not None}
    return sorted(list(turns.values())[:limit], key=lambda opening: opening.starts_at)


def _subject(args: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(args[key]) for key in ("specialty", "doctor", "service") if args.get(key)}


def _named(directory: ClinicDirectory, args: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was asked for in the clinic's own names; None when the clinic has no such thing."""
    if args.get("service"):
        service = service_named(directory, args["service"])
        return {"service": service.name} if service else None
    if args.get("doctor"):
        doctors = named_doctors(directory, str(args["doctor"]))
        if doctors:
            return {"doctor": doctors[0].full_name, "specialty": doctors[0].specialty}
        if not args.get("specialty"):
            return None
    specialty = str(args.get("specialty") or "")
    return {"specialty": specialty} if specialty in directory.specialties else None


def _wish(named: Mapping[str, Any], args: Mapping[str, Any], avoided: Avoided) -> Wish:
    first, last = dates_of(str(args.get("date") or ""))
    start, end, exact = times_of(str(args.get("time") or ""))
    before = str(args.get("before") or "")
    until = min(filter(None, (_date(str(args.get("until") or "")), _date(before))), default=None)
    if until is not None:
        last = min(last, until) if last else until
    excluded = frozenset(str(item) for item in args.get("exclude") or ())
    limit = int(args.get("limit") or 3)
    query = OpeningQuery(
        specialty=None if named.get("doctor") else named.get("specialty"),
        doctor=named.get("doctor"),
        service=named.get("service"),
        branch_id=_branch(args),
        date_from=first,
        date_to=last,
        time_from=start or exact,
        time_to=_minute_after(exact) if exact else end,
        funding=Funding(args["policy_kind"]) if args.get("policy_kind") else None,
        limit=limit + len(excluded) if avoided == NOTHING_AVOIDED and not before else _MANY,
    )
    return Wish(
        query=query,
        specialty=named.get("specialty"),
        until=until,
        before=before,
        excluded=excluded,
        avoided=avoided,
        same_doctor=bool(args.get("same_doctor")),
        limit=limit,
    )


def _branch(args: Mapping[str, Any]) -> str | None:
    wanted = str(args.get("branch") or ANY_BRANCH)
    return None if wanted == ANY_BRANCH else wanted


def _ladder(wish: Wish) -> Sequence[tuple[str, Wish]]:
    """The wish, then easier ones: any time of those days, a day from then on, any day, another doctor."""
    timed = wish.query.time_from is not None or wish.query.time_to is not None
    dated = wish.query.date_from is not None
    any_time = replace(wish, query=replace(wish.query, time_from=None, time_to=None))
    too_late = bool(wish.until and wish.query.date_from and wish.query.date_from > wish.until)
    first_day = None if too_late else wish.query.date_from
    later = replace(any_time, query=replace(any_time.query, date_from=first_day, date_to=wish.until))
    steps = [("", wish)]
    if timed:
        steps.append(("time", any_time))
    if dated:
        steps.append(("date", later))
        steps.append(("date", replace(later, query=replace(later.query, date_from=None))))
    if wish.query.doctor and not wish.same_doctor:
        steps.extend(("doctor", _other_doctor(step)) for _, step in tuple(steps))
    return steps


def _other_doctor(wish: Wish) -> Wish:
    return replace(wish, query=replace(wish.query, doctor=None, specialty=wish.specialty))


async def _search(crm: ClinicSystem, wish: Wish) -> list[Opening]:
    found = await crm.openings(wish.query)
    return [
        one
        for one in found
        if one.id not in wish.excluded
        and wish.avoided.allows(one, wish.query)
        and (not wish.before or one.starts_at.isoformat()[:16] < wish.before)
    ]


def dates_of(text: str) -> tuple[date | None, date | None]:
    """First and last day of `YYYY-MM-DD` or `YYYY-MM-DD/YYYY-MM-DD`."""
    first, _, last = text.partition("/")
    return _date(first), _date(last or first)


def _minute_after(moment: time) -> time | None:
    """The end of a search for one moment; None where the day ends with it."""
    after = (datetime.combine(date.min, moment) + timedelta(minutes=1)).time()
    return after if after > moment else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def times_of(text: str) -> tuple[time | None, time | None, time | None]:
    """(from, to, exact) of `HH:MM`, `HH:MM/HH:MM`, with `..` for an open end."""
    start, slash, end = text.partition("/")
    if not slash:
        return None, None, _time(start)
    return _time(start), _time(end), None


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
