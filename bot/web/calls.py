"""Calls, live and past: lists, transcripts, recordings; every reading of what was said is recorded."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.domain.call import CallRecord
from bot.web.deps import DEPS
from bot.web.ports import Access, AuditEntry
from bot.web.problems import Problem
from bot.web.views import call_detail_json, call_json

PAGE_LIMIT = 50
MOST = 200


def json_answer(values: dict[str, Any], status: int = 200) -> web.Response:
    """Return JSON with Cyrillic left readable."""
    return web.json_response(values, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def live(request: web.Request) -> web.Response:
    """GET /api/live: calls that go on, with their turns so far."""
    calls = await request.app[DEPS].journal.live()
    return json_answer({"calls": [call_detail_json(call) for call in calls]})


async def past(request: web.Request) -> web.Response:
    """GET /api/calls?before=ISO&limit=N: ended calls, newest first."""
    before, limit = _before(request), _limit(request)
    calls = await request.app[DEPS].journal.past(before=before, limit=limit + 1)
    return json_answer({"calls": [call_json(call) for call in calls[:limit]], "more": len(calls) > limit})


async def detail(request: web.Request) -> web.Response:
    """GET /api/calls/{id}: a call with its words and the time of each stage."""
    call = await _call(request)
    await _audit(request, Access.TRANSCRIPT, call)
    return json_answer(call_detail_json(call))


async def phone(request: web.Request) -> web.Response:
    """GET /api/calls/{id}/phone: the other party's whole number."""
    call = await _call(request)
    await _audit(request, Access.PHONE, call)
    return json_answer({"phone": call.caller})


async def recording(request: web.Request) -> web.StreamResponse:
    """GET /api/calls/{id}/recording: the two-channel WAV, also in ranges (left the patient, right the bot)."""
    call = await _call(request)
    path = request.app[DEPS].recordings.path(call.recording) if call.recording else None
    if path is None:
        raise Problem(404, "Записи нет", "Разговор не записан или срок хранения записи истёк. Прочтите расшифровку.")
    await _audit(request, Access.RECORDING, call)
    return web.FileResponse(path, headers={"Content-Type": "audio/wav", "Cache-Control": "no-store"})


async def _call(request: web.Request) -> CallRecord:
    call = await request.app[DEPS].journal.call(request.match_info["call_id"])
    if call is None:
        raise Problem(404, "Звонок не найден", "Обновите список звонков: запись могла быть удалена по сроку хранения.")
    return call


async def _audit(request: web.Request, access: Access, call: CallRecord) -> None:
    deps = request.app[DEPS]
    entry = AuditEntry(at=deps.clock.now(), access=access, call_id=call.id, who=request.remote or "")
    await deps.audit.record(entry)


def _before(request: web.Request) -> datetime | None:
    text = request.query.get("before")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem(400, "Дата не понята", "Укажите before как 2026-11-23T10:00:00+03:00, со смещением пояса.")
    return moment


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(PAGE_LIMIT))
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise Problem(400, "Неверное число звонков", f"Укажите limit целым числом от 1 до {MOST}.")
    return int(text)
