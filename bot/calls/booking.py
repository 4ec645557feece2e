"""Holding, booking and moving for a call; who spoke longer than the hold lasts gets the opening again if it is free."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.calls.clinic_info import service_id
from bot.domain.clinic import ClinicDirectory, Funding, Hold, Visit
from crm_bridge.port import ClinicSystem, HoldExpired

Args = Mapping[str, Any]


async def hold(crm: ClinicSystem, directory: ClinicDirectory, args: Args, *, call_id: str) -> Hold:
    """Keep `opening` with what `service` needs. Raises OpeningTaken."""
    return await crm.hold(str(args["opening"]), owner=call_id, service_id=service_id(directory, args.get("service")))


async def book(crm: ClinicSystem, directory: ClinicDirectory, args: Args, patient_id: str, *, call_id: str) -> Visit:
    """Book `hold` for `service`, paid as `policy_kind` says: what was not said is paid by the patient himself."""
    funding = Funding(args.get("policy_kind") or Funding.PAID)
    service = service_id(directory, args.get("service"))

    async def commit(hold_id: str) -> Visit:
        return await crm.book(hold_id, patient_id=patient_id, call_id=call_id, funding=funding, service_id=service)

    return await _held(crm, directory, args, commit, call_id=call_id)


async def move(crm: ClinicSystem, directory: ClinicDirectory, args: Args, *, call_id: str) -> Visit:
    """Move `visit` to `hold`."""

    async def commit(hold_id: str) -> Visit:
        return await crm.move(str(args["visit"]), hold_id, call_id=call_id)

    return await _held(crm, directory, args, commit, call_id=call_id)


async def _held(
    crm: ClinicSystem,
    directory: ClinicDirectory,
    args: Args,
    commit: Callable[[str], Awaitable[Visit]],
    *,
    call_id: str,
) -> Visit:
    try:
        return await commit(str(args["hold"]))
    except HoldExpired:
        if not args.get("opening"):
            raise
        return await commit((await hold(crm, directory, args, call_id=call_id)).id)
