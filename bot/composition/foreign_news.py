"""What other systems are told of the clinic's news: visits and leads from the outbox, calls from the journal."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bot.composition.foreign import Foreign
from bot.domain.call import CallRecord
from bot.domain.phone import normalize_phone
from bot.storage.journal import CallJournal
from bot.storage.outbox import Handler, OutboxEvent
from crm_bridge.bridge import Bridge
from crm_bridge.foreign import CallFinished, CallStarted
from crm_bridge.port import CrmError

log = logging.getLogger(__name__)

OUTCOME_WORDS = {
    "emergency": "Экстренный случай: сказано про 103",
    "transferred": "Передан человеку",
    "booked": "Записан на приём",
    "rescheduled": "Запись перенесена",
    "cancelled": "Запись отменена",
    "confirmed": "Визит подтверждён",
    "home_visit_created": "Вызван врач на дом",
    "sick_leave_request": "Заявка по больничному листу",
    "invitation_refused": "Отказался от приглашения",
    "invitation_postponed": "Просил перезвонить позже",
    "offer_declined": "Отказался от освободившегося времени",
    "offer_later": "Занят, об освободившемся времени не ответил",
    "visit_kept": "Запись остаётся, как была",
    "wrong_person_handled": "Ответил другой человек",
    "not_found_handled": "Запись не найдена",
    "no_slot_handled": "Не нашлось времени",
    "info_given": "Получил справку",
    "spam_ended": "Реклама",
    "ended_no_input": "Молчал",
    "ended_by_caller": "Звонящий закончил разговор",
}
_PENDING = {"booked": "Принята заявка на приём", "rescheduled": "Принята просьба о переносе"}
"""Said of what a person has still to confirm."""


def foreign_news(foreign: Foreign, journal: CallJournal) -> Handler:
    """A listener of the outbox; what cannot be told at all is logged and holds nobody up."""

    async def tell(event: OutboxEvent) -> None:
        try:
            if event.topic.startswith("call."):
                await _tell_of_call(foreign.bridge, journal, str(event.payload["call_id"]))
            elif event.topic == "task.closed" and foreign.calls is not None:
                await foreign.calls.closed(str(event.payload["task_id"]), str(event.payload["result"]))
            else:
                await foreign.bridge.hear(event)
        except CrmError as error:
            if error.retryable:
                raise
            extra = {"outbox_id": event.id, "topic": event.topic, "error": type(error).__name__}
            log.exception("another system is not told of an event", extra=extra)

    return tell


async def _tell_of_call(bridge: Bridge, journal: CallJournal, call_id: str) -> None:
    call = await journal.call(call_id)
    if call is None:
        return
    await bridge.call_started(_started(call))
    if call.ended_at is not None:
        spoken = call.ended_at - (call.answered_at or call.started_at)
        result = CallFinished(
            call_id=call.id,
            ended_at=call.ended_at,
            duration_s=round(spoken.total_seconds()),
            outcome=outcome_words(call),
        )
        await bridge.call_finished(result, await asyncio.to_thread(_recording, call))


def _recording(call: CallRecord) -> Path | None:
    """The file, unless it is kept on another machine."""
    file = Path(call.recording).resolve() if call.recording else None
    return file if file and file.is_file() else None


def _started(call: CallRecord) -> CallStarted:
    """The journal's `caller` is always the other side, `called` the clinic's number."""
    patient, clinic = normalize_phone(call.caller) or "", normalize_phone(call.called) or ""
    outbound = call.direction == "outbound"
    return CallStarted(
        call_id=call.id,
        direction=call.direction,
        number_from=clinic if outbound else patient,
        number_to=patient if outbound else clinic,
        started_at=call.started_at,
    )


def outcome_words(call: CallRecord) -> str:
    """What came of the call, in Russian: a request that waits for a person is not called a booking."""
    outcome = call.outcome or {}
    name = str(outcome.get("outcome") or "")
    return (_PENDING.get(name) if outcome.get("status") else None) or OUTCOME_WORDS.get(name, name)
