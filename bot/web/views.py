"""Domain values as the page's JSON: ISO times, phones as +7XXXXXXXXXX, past callers masked."""

from __future__ import annotations

from typing import Any

from bot.domain.call import CallRecord, Turn
from bot.domain.clinic import ClinicRequest, Patient, Visit
from bot.domain.phone import mask_phone
from bot.domain.task import CallTask
from bot.web.ports import ChatReply

_OUTCOME_KEYS = ("outcome", "reason", "patient", "specialty", "doctor", "service", "at", "date", "topic", "topics")


def turn_json(turn: Turn, call: CallRecord) -> dict[str, Any]:
    """A turn; `offset_s` is where it stands in the recording, which begins at the answer."""
    begun = call.answered_at or call.started_at
    return {
        "number": turn.number,
        "at": turn.at.isoformat(),
        "offset_s": max(0.0, round((turn.at - begun).total_seconds(), 2)),
        "speaker": turn.speaker.value,
        "state": turn.state,
        "text": turn.text,
        "intent": turn.intent,
        "confidence": turn.confidence,
        "asr_confidence": turn.asr_confidence,
        "timings": dict(turn.timings),
    }


def call_json(call: CallRecord) -> dict[str, Any]:
    """A call without its words, for lists; the journal's `caller` is the other party in both directions."""
    begun = call.answered_at or call.started_at
    return {
        "id": call.id,
        "direction": call.direction,
        "phone_masked": mask_phone(call.caller) if call.caller else "",
        "started_at": call.started_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "duration_s": round((call.ended_at - begun).total_seconds()) if call.ended_at else None,
        "script": call.script,
        "script_version": call.script_version,
        "line": call.line,
        "outcome": {key: call.outcome[key] for key in _OUTCOME_KEYS if key in call.outcome} if call.outcome else None,
        "recorded": call.recording is not None,
    }


def call_detail_json(call: CallRecord) -> dict[str, Any]:
    """A call with its words."""
    return call_json(call) | {"turns": [turn_json(turn, call) for turn in call.turns]}


def _person_json(patient: Patient | None) -> dict[str, Any] | None:
    if patient is None:
        return None
    return {"name": patient.full_name, "birth_date": patient.birth_date.isoformat(), "phone": patient.phone}


def visit_json(visit: Visit) -> dict[str, Any]:
    """A visit as the desk sees it."""
    return {
        "id": visit.id,
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
        "status": visit.status.value,
        "patient": _person_json(visit.patient),
        "doctor": visit.doctor.full_name if visit.doctor else None,
        "specialty": visit.doctor.specialty if visit.doctor else None,
        "service": visit.service.name if visit.service else None,
    }


def request_json(request: ClinicRequest) -> dict[str, Any]:
    """A request as the desk sees it, with the full number: it is there to be phoned."""
    return {
        "id": request.id,
        "kind": request.kind.value,
        "status": request.status.value,
        "created_at": request.created_at.isoformat(),
        "phone": request.phone,
        "patient": _person_json(request.patient),
        "fields": dict(request.fields),
        "call_id": request.call_id,
    }


def task_json(task: CallTask) -> dict[str, Any]:
    """A call to be made, with the full number."""
    return {
        "id": task.id,
        "kind": task.kind.value,
        "status": task.status.value,
        "phone": task.phone,
        "due_at": task.due_at.isoformat(),
        "attempts": task.attempts,
        "note": task.note,
        "result": task.result,
    }


def reply_json(reply: ChatReply) -> dict[str, Any]:
    """An answer in a typed conversation."""
    return {
        "bot": list(reply.bot),
        "state": reply.state,
        "intent": reply.intent,
        "confidence": reply.confidence,
        "slots": dict(reply.slots),
        "action": reply.action,
        "timings": {stage: round(ms, 1) for stage, ms in reply.timings.items()},
        "outcome": dict(reply.outcome) if reply.outcome is not None else None,
    }
