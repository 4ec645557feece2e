"""One task, one attempt: may we, is there a line, phone, talk, and what becomes of the task."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.domain.clinic import RequestKind, VisitStatus
from bot.domain.clock import Clock
from bot.domain.follow_up import BOT_OWNER
from bot.domain.policy import Allow, Defer, Deny, decide
from bot.domain.task import AttemptResult, CallTask, TaskKind, TaskStatus
from bot.outbound.ports import Final, Freed, Permits, RunCall, TaskStore
from bot.outbound.results import asked_again_at, cannot_be_asked, needs_a_person, of_failed_call, of_talk
from bot.outbound.retry import REACHED, verdict
from bot.outbound.settings import OutboundSettings
from crm_bridge.port import ClinicSystem, CrmError, NotFound
from telephony.port import CallFailed, CallLeg, LegGone, Line, LineError

logger = logging.getLogger(__name__)

SCRIPTS = {
    TaskKind.REMINDER: "reminder",
    TaskKind.INVITATION: "invitation",
    TaskKind.WAITLIST_OFFER: "waitlist_offer",
}
PERMIT = "outbound"
_OFFER_OVER = "offer_over"

_WHY_CALL_BACK = {
    AttemptResult.BUSY: "Робот не дозвонился: занято",
    AttemptResult.NO_ANSWER: "Робот не дозвонился: не отвечают",
    AttemptResult.WRONG_PERSON: "По этому номеру ответил другой человек: проверьте телефон",
    AttemptResult.INVALID_NUMBER: "Номер не существует: проверьте телефон",
    AttemptResult.LINE_FAILED: "Робот не смог позвонить: не работала линия",
    AttemptResult.TALKED: "Разговор прервался, ответа нет",
    AttemptResult.POSTPONED: "Просил перезвонить, робот до приёма уже не успеет",
}
_ASKED_NOT_TO = "Просил роботу не звонить: предложите время сами"


async def _nobody_is_next() -> None:
    """Without a waiting list."""


class Dialer:
    """Carries out tasks; every method may be called again after a crash and does nothing twice."""

    def __init__(
        self,
        *,
        clinic: ClinicSystem,
        tasks: TaskStore,
        permits: Permits,
        line: Line,
        run_call: RunCall,
        clock: Clock,
        settings: OutboundSettings,
        zone: ZoneInfo,
        freed: Freed = _nobody_is_next,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._clinic = clinic
        self._tasks = tasks
        self._permits = permits
        self._line = line
        self._run_call = run_call
        self._clock = clock
        self._settings = settings
        self._zone = zone
        self._freed = freed
        self._new_id = new_id
        self._dialling: set[str] = set()

    async def dial(self, task_id: str) -> None:
        """Make one attempt at a task, if it still waits, still makes sense and may be made now."""
        task = await self._tasks.get(task_id)
        if task is None or task.status not in (TaskStatus.PENDING, TaskStatus.QUEUED):
            return
        if await self._closed_by_events(task) or not await self._allowed(task):
            return
        call_id = self._new_id()
        if not await self._permits.acquire(
            PERMIT, call_id, limit=self._settings.lines, ttl=self._settings.longest_call
        ):
            await self._tasks.postpone(task_id, self._clock.now() + self._settings.line_busy_wait)
            return
        self._dialling.add(call_id)
        try:
            if await self._tasks.claim(task_id, call_id=call_id, at=self._clock.now()):
                await self._phone(task, call_id)
        finally:
            self._dialling.discard(call_id)
            await self._permits.release(PERMIT, call_id)

    async def _closed_by_events(self, task: CallTask) -> bool:
        """A visit confirmed, moved, cancelled or begun meanwhile needs no reminder any more; nor does a closed task."""
        news = await self._news_of(task)
        if news is None:
            return False
        if news == _OFFER_OVER:
            await self._free_if_silent(task)
        await self._tasks.close(task.id, status=TaskStatus.CANCELLED, result=news, at=self._clock.now())
        logger.info("a task closed itself", extra={"task_id": task.id, "result": news})
        return True

    async def _news_of(self, task: CallTask) -> str | None:
        """Why the call need not be made any more."""
        if task.offer_id:
            return await self._news_of_offer(task)
        return await (self._news_of_errand(task) if task.errand_id else self._news_of_visit(task))

    async def _news_of_offer(self, task: CallTask) -> str | None:
        """Answered meanwhile, or so late that it would be the next one's before the talk is over."""
        try:
            await self._clinic.offer(str(task.offer_id))
        except NotFound:
            return "offer_gone"
        return _OFFER_OVER if task.not_after is not None and task.not_after <= self._clock.now() else None

    async def _news_of_errand(self, task: CallTask) -> str | None:
        """Why the clinic's task needs no call of the bot's any more (I8)."""
        try:
            errand = await self._clinic.errand(str(task.errand_id))
        except NotFound:
            return "errand_gone"
        if errand.task.status != "open" or errand.task.owner != BOT_OWNER:
            return "errand_closed"
        return "errand_postponed" if errand.task.active_from > self._clock.now().date() else None

    async def _news_of_visit(self, task: CallTask) -> str | None:
        if task.visit_id is None:
            return None
        try:
            visit = await self._clinic.visit(task.visit_id)
        except NotFound:
            return "visit_gone"
        if task.visit_at is not None and visit.starts_at != task.visit_at:
            return "visit_moved"
        if visit.status is not VisitStatus.BOOKED:
            return f"visit_{visit.status.value}"
        return "visit_begun" if visit.starts_at <= self._clock.now() else None

    async def _allowed(self, task: CallTask) -> bool:
        """Ask the policy, keep its answer, and do what it says."""
        now = self._clock.now()
        decision = decide(
            now=now,
            zone=self._zone,
            window=self._settings.window,
            do_not_call=await self._clinic.is_do_not_call(task.phone),
        )
        if isinstance(decision, Deny) and task.offer_id:
            await self._clinic.hand_over_offer(task.offer_id, why=_ASKED_NOT_TO)
        await self._tasks.decided(task.id, decision, at=now)
        match decision:
            case Allow():
                return True
            case Deny() if task.offer_id:
                await self._next_in_line()
            case Defer(until=until) if task.last_moment is not None and until >= task.last_moment:
                closed = await self._tasks.close(task.id, status=TaskStatus.FAILED, result="too_late", at=now)
                if task.offer_id:
                    await self._free_if_silent(task)
                elif closed:
                    await self._ask_people(task, None, "Робот не дозвонился до начала приёма")
            case Defer() | Deny():
                pass
        return False

    async def _phone(self, task: CallTask, call_id: str) -> None:
        try:
            leg = await self._line.originate(
                task.phone,
                call_id=call_id,
                timeout_s=self._settings.ring_seconds,
                caller_id=self._settings.caller_id,
                variables={},
            )
        except CallFailed as failed:
            await self._settle(task, call_id, of_failed_call(failed.cause, rang=failed.rang), None)
        except LegGone:
            await self._settle(task, call_id, AttemptResult.NO_ANSWER, None)
        except LineError:
            logger.warning("the line failed", exc_info=True, extra={"task_id": task.id, "call_id": call_id})
            await self._settle(task, call_id, AttemptResult.LINE_FAILED, None)
        else:
            await self._talk(task, call_id, leg)

    async def _talk(self, task: CallTask, call_id: str, leg: CallLeg) -> None:
        try:
            outcome = await self._run_call(leg, SCRIPTS[task.kind], task.id)
        except Exception:
            logger.exception("an outbound call broke", extra={"task_id": task.id, "call_id": call_id})
            await leg.hangup()
            await self._settle(task, call_id, AttemptResult.TALKED, None)
            return
        await self._settle(task, call_id, of_talk(outcome), outcome)

    async def finish(self, task_id: str, call_id: str, outcome: Mapping[str, Any]) -> None:
        """Settle an attempt whose call went on after a restart of the service."""
        task = await self._tasks.get(task_id)
        if task is not None:
            await self._settle(task, call_id, of_talk(outcome), outcome)

    async def recover(self, live_calls: Collection[str]) -> int:
        """Settle attempts that a crash cut off, except ours and those in `live_calls`. Returns how many."""
        live = self._dialling.union(live_calls)
        lost = [attempt for attempt in await self._tasks.under_way() if attempt.call_id not in live]
        for attempt in lost:
            await self._settle(attempt.task, attempt.call_id, AttemptResult.LINE_FAILED, None)
        return len(lost)

    async def _settle(
        self, task: CallTask, call_id: str, result: AttemptResult, outcome: Mapping[str, Any] | None
    ) -> None:
        now = self._clock.now()
        results = [*await self._tasks.results(task.id), result]
        asked_at = asked_again_at(outcome, now=now, later=self._settings.retry.no_answer)
        judged = verdict(results, at=now, settings=self._settings.retry, not_after=task.last_moment, asked_at=asked_at)
        if isinstance(judged, Final):
            # Before the task is closed: a crash in between repeats this, and the same request is made once.
            await self._leave_to_people(task, call_id, result, outcome)
        settled = await self._tasks.settle(call_id, result=result, verdict=judged, at=now)
        if settled:
            logger.info("an attempt ended", extra={"task_id": task.id, "call_id": call_id, "result": result.value})
        if task.offer_id and isinstance(judged, Final):
            await self._next_in_line()

    async def _next_in_line(self) -> None:
        """An opening that was declined is offered on at once; what fails here the next minute's sweep does."""
        try:
            await self._freed()
        except CrmError:
            logger.warning("a freed opening waits for the next sweep", exc_info=True)

    async def _leave_to_people(
        self, task: CallTask, call_id: str, result: AttemptResult, outcome: Mapping[str, Any] | None
    ) -> None:
        """What the bot did not settle. An offer without an answer runs out by itself, and the patient waits on."""
        if not task.offer_id:
            if needs_a_person(result, outcome):
                await self._ask_people(task, call_id, _WHY_CALL_BACK[result])
        elif cannot_be_asked(result, outcome):
            asked_not_to = (outcome or {}).get("do_not_call")
            why = _ASKED_NOT_TO if asked_not_to else _WHY_CALL_BACK[result]
            await self._clinic.hand_over_offer(task.offer_id, why=why)
        elif result in REACHED:
            await self._clinic.spoke_of_offer(task.offer_id)
        elif result is AttemptResult.LINE_FAILED:
            await self._free_if_silent(task)

    async def _free_if_silent(self, task: CallTask) -> None:
        """An opening that no phone has rung about was not declined: the patient may be asked about it later."""
        rang = any(one is not AttemptResult.LINE_FAILED for one in await self._tasks.results(task.id))
        if task.offer_id and not rang:
            await self._clinic.free_offer(task.offer_id)

    async def _ask_people(self, task: CallTask, call_id: str | None, reason: str) -> None:
        """Leave a call-back for people, with the visit it is about; a task of the clinic's becomes theirs."""
        if task.errand_id:
            await self._clinic.hand_over_errand(task.errand_id, why=reason)
            return
        fields = {"reason": reason}
        if task.visit_id and task.visit_at:
            fields["visit"] = task.visit_id
            fields["visit_at"] = task.visit_at.astimezone(self._zone).isoformat(timespec="minutes")
        await self._clinic.create_request(
            RequestKind.CALLBACK, fields, call_id=call_id, phone=task.phone, patient_id=task.patient_id
        )
