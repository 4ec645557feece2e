"""What the clinic knows of a patient's care, as effects of the script: certificates, and whether results are there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.calls.clinic_info import fold
from crm_bridge.port import ClinicSystem


async def sick_leaves(crm: ClinicSystem, args: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The last certificate of this number or patient."""
    number = str(args.get("number") or "") or None
    patient_id = str(args.get("patient") or "") or None
    leaves = await crm.sick_leaves(number=number, patient_id=None if number else patient_id)
    if not leaves or not (number or patient_id):
        return {"count": 0}
    last = max(leaves, key=lambda leave: leave.ends_on)
    return {
        "count": len(leaves),
        "number": last.number,
        "doctor": last.doctor,
        "ends_on": last.ends_on.isoformat(),
        "status": last.status,
        "over": last.ends_on < today,
        "patient_id": last.patient.id,
    }


async def test_results(crm: ClinicSystem, args: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the last result of the test named, or of any, is ready; never what it says."""
    results = await crm.test_results(str(args["patient"]))
    said = fold(str(args.get("service") or ""))
    named = [result for result in results if said and fold(result.service) == said] or list(results)
    if not named:
        return {"count": 0}
    last = max(named, key=lambda result: result.taken_on)
    return {
        "count": len(named),
        "service": last.service,
        "status": last.status,
        "taken_on": last.taken_on.isoformat(),
    }
