"""Sends what is due: not in the do-not-disturb hours, again with longer waits, and in the end a task for people."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.clock import Clock
from bot.notify.port import (
    DeliveryError,
    DeliveryReport,
    DeliveryState,
    Message,
    MessageKind,
    MessageStore,
    Messenger,
    Receipt,
    Taken,
    Undelivered,
)
from bot.notify.quiet import quiet_until
from bot.notify.settings import NotifySettings

log = logging.getLogger(__name__)

_TASK_AGAIN = timedelta(minutes=5)
"""When a task could not be made, because the clinic's system is away: asked again after this."""
_LONGEST_WAIT = timedelta(hours=1)
"""A gateway that asks for more patience than this is not believed."""
_TOO_LATE = "Не отправлено вовремя"


class Step(StrEnum):
    """What a round did with one message."""

    SENT = "sent"
    QUIET = "quiet"
    AGAIN = "again"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    LEFT = "left"


class MessageService:
    """The queue's working side; several processes may run it over one database."""

    def __init__(
        self,
        store: MessageStore,
        messengers: Mapping[MessageKind, Messenger],
        clock: Clock,
        settings: NotifySettings,
        *,
        undelivered: Undelivered,
        taken: Taken | None = None,
    ) -> None:
        self._store = store
        self._messengers = messengers
        self._clock = clock
        self._settings = settings
        self._undelivered = undelivered
        self._taken = taken
        self._going: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Send, round by round, until closed."""
        self._going = asyncio.create_task(self._go())

    async def close(self) -> None:
        """Stop; what was not sent waits in the table. Safe before start and twice."""
        if self._going is not None:
            self._going.cancel()
            await asyncio.gather(self._going, return_exceptions=True)
            self._going = None

    async def tick(self, *, limit: int = 100) -> Mapping[Step, int]:
        """One round; how many messages went which way. A fault of one message does not stop the others.

        Raises only when the store itself cannot be read.
        """
        due = await self._store.due(self._clock.now(), limit=limit)
        gate = asyncio.Semaphore(self._settings.at_once)

        async def one(message: Message) -> Step:
            async with gate:
                return await self._guarded(message)

        return Counter(await asyncio.gather(*(one(message) for message in due)))

    async def reported(self, report: DeliveryReport) -> bool:
        """What the gateway says later; False when it is about no message of ours.

        Raises what makes the task of a failed one: the message stays sent, and the gateway's repeat is taken anew.
        """
        message = await self._store.by_provider(report.provider_id) or await self._store.get(report.provider_id)
        if message is None:
            return False
        if report.state is DeliveryState.DELIVERED:
            await self._store.delivered(message.id, at=self._clock.now())
        elif report.state is DeliveryState.FAILED and message.state is DeliveryState.SENT:
            await self._undelivered(message, report.error or "Оператор не доставил сообщение")
            await self._store.failed(message.id, error=report.error, at=self._clock.now())
        return True

    async def seen(self, message_id: str) -> None:
        """Somebody has read the notice."""
        await self._store.delivered(message_id, at=self._clock.now())

    async def forget(self) -> int:
        """Delete what was closed longer ago than it is kept. Returns how many."""
        return await self._store.forget(self._clock.now() - self._settings.keep)

    # -------------------------------------------------------------- one message

    async def _guarded(self, message: Message) -> Step:
        try:
            return await self._step(message)
        except Exception as error:
            # the driver's or the gateway's words may carry a phone: only the kind of fault is logged
            log.error("a message could not be dealt with", extra=_ids(message, fault=type(error).__name__))
            return Step.LEFT

    async def _step(self, message: Message) -> Step:
        now = self._clock.now()
        if message.expires_at is not None and message.expires_at <= now:
            return await self._too_late(message)
        if message.attempts > len(self._settings.retries):
            # the last attempt was made, but its task was not, or its process died
            return await self._give_up(message, message.error or _TOO_LATE)
        if not message.urgent and (quiet := self._quiet(message, now)):
            return await self._keep_quiet(message, quiet)
        if not await self._store.claim(message, until=now + self._settings.lease):
            return Step.LEFT
        message = replace(message, attempts=message.attempts + 1)
        try:
            receipt = await self._send(message)
        except DeliveryError as error:
            return await self._refused(message, error)
        await self._store.sent(message.id, receipt, at=self._clock.now())
        await self._tell(message)
        return Step.SENT

    async def _send(self, message: Message) -> Receipt:
        """Whatever an adapter raises is a DeliveryError from here on."""
        messenger = self._messengers.get(message.kind)
        if messenger is None:
            raise DeliveryError(f"Не настроена отправка: {message.kind.value}", retryable=False)
        try:
            return await messenger.send(message)
        except DeliveryError:
            raise
        except Exception as error:
            fault = type(error).__name__
            log.error("a messenger failed in a way that it does not know", extra=_ids(message, fault=fault))
            raise DeliveryError(f"Сбой отправки ({fault})", retryable=True) from None

    async def _refused(self, message: Message, error: DeliveryError) -> Step:
        waits = self._settings.retries
        if not error.retryable or message.attempts > len(waits):
            return await self._give_up(message, str(error))
        asked = min(error.retry_after or timedelta(0), _LONGEST_WAIT)
        wait = max(waits[message.attempts - 1], asked)
        await self._store.again(message.id, due_at=self._clock.now() + wait, error=str(error))
        log.warning("a message was not taken and is tried again", extra=_ids(message))
        return Step.AGAIN

    async def _give_up(self, message: Message, error: str) -> Step:
        """The task first: a crash in between makes it twice rather than never, and who makes it knows its message."""
        try:
            await self._undelivered(message, error)
        except Exception as fault:
            log.error("a task for an undelivered message could not be made", extra=_ids(message, fault=_name(fault)))
            await self._store.again(message.id, due_at=self._clock.now() + _TASK_AGAIN, error=error)
            return Step.AGAIN
        await self._store.failed(message.id, error=error, at=self._clock.now())
        log.warning("a message was given up and left to people", extra=_ids(message))
        return Step.FAILED

    async def _too_late(self, message: Message) -> Step:
        """What was tried in vain is people's, even now; what only slept too long is of no use to anybody."""
        if message.attempts or message.urgent:
            return await self._give_up(message, message.error or _TOO_LATE)
        await self._store.withdraw(message.id, why="expired", at=self._clock.now())
        return Step.WITHDRAWN

    async def _keep_quiet(self, message: Message, quiet: datetime) -> Step:
        if message.expires_at is not None and message.expires_at <= quiet:
            await self._store.withdraw(message.id, why="quiet_hours", at=self._clock.now())
            return Step.WITHDRAWN
        await self._store.postpone(message.id, due_at=quiet, quiet_until=quiet)
        return Step.QUIET

    def _quiet(self, message: Message, now: datetime) -> datetime | None:
        return quiet_until(now, ZoneInfo(message.zone), self._settings.quiet_from, self._settings.quiet_to)

    async def _tell(self, message: Message) -> None:
        if self._taken is None:
            return
        try:
            await self._taken(message)
        except Exception as error:
            log.error("that a message was sent could not be noted", extra=_ids(message, fault=_name(error)))

    async def _go(self) -> None:
        forgotten: datetime | None = None
        while True:
            try:
                await self.tick()
                if forgotten is None or self._clock.now() - forgotten >= timedelta(days=1):
                    forgotten = self._clock.now()
                    await self.forget()
            except Exception as error:
                log.error("a round of the messages failed", extra={"fault": _name(error)})
            await asyncio.sleep(self._settings.round_s)


def _name(error: Exception) -> str:
    return type(error).__name__


def _ids(message: Message, **more: str) -> dict[str, object]:
    """What a log line may say of a message."""
    return {"message_id": message.id, "template": message.template, "attempt": message.attempts, **more}
