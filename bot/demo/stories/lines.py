"""What a story's people talk over: in text, or over a real SIP line. The story itself is the same."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from bot.calls.conversation import Conversation
from bot.calls.facts import NOTHING, About
from bot.calls.reply import Reply
from bot.composition.core import Core
from bot.demo.calls import Calls, NotRung, Talked
from bot.demo.desk import answer_at_the_desk
from bot.demo.person import Part
from bot.demo.stage import Say, Stage
from bot.domain.call import Speaker
from bot.domain.task import CallTask

CALL_SECONDS = 420.0
"""The longest call of a story: a loaded machine answers late, and people repeat themselves."""
_TURNS = 40


class StoryFailed(Exception):
    """A step did not come out as the seed tells it; the text names the step and what was found."""


class TaleLine(Protocol):
    """Whole calls with one person, to the bot's outcome of them."""

    @property
    def calls(self) -> int:
        """How many there have been."""

    @property
    def said(self) -> str:
        """All that the bot has said in the last call."""

    async def phone_in(self, part: Part, *, desk: bool = False) -> Mapping[str, Any]:
        """The patient phones the registry; with `desk` a registrar takes what is put through. Raises StoryFailed."""

    async def be_phoned(self, part: Part, script: str, about: About) -> Mapping[str, Any]:
        """The bot phones the patient by that script. Raises StoryFailed."""


class TextLine:
    """The same script, understanding and database without sound: what is said is heard letter for letter."""

    def __init__(self, core: Core, say: Say) -> None:
        self._core = core
        self._say = say
        self._numbers = itertools.count(1)
        self._desk = False
        self.calls = 0
        self.said = ""

    async def phone_in(self, part: Part, *, desk: bool = False) -> Mapping[str, Any]:
        self._desk = desk
        return await self._talk(part, "inbound", "inbound", NOTHING)

    async def be_phoned(self, part: Part, script: str, about: About) -> Mapping[str, Any]:
        self._desk = False
        return await self._talk(part, "outbound", script, about)

    async def _talk(self, part: Part, direction: str, script: str, about: About) -> Mapping[str, Any]:
        self.calls += 1
        call = self._core.conversation(
            call_id=f"story-{next(self._numbers)}",
            caller=part.phone,
            direction=direction,
            script=script,
            about=about,
        )
        return await self._converse(call, part)

    async def _converse(self, call: Conversation, part: Part) -> Mapping[str, Any]:
        used: Counter[str] = Counter()
        self.said, reply = "", await call.start()
        for _ in range(_TURNS):
            question = " ".join(say.text for say in reply.say)
            self.said += f" {question}"
            self._say(f"               робот:   {question}")
            if reply.action == "transfer":
                reply = await self._put_through(call)
                continue
            if reply.action is not None:
                return call.outcome()
            against = part.objection(reply.state, question)
            line = against.line if against else None
            if line is None and (lines := part.answers.get(reply.state, ())):
                line = lines[min(used[reply.state], len(lines) - 1)]
                used[reply.state] += 1
            self._say(f"               пациент: {line or '(молчит)'}")
            reply = await (call.heard(line) if line else call.silence())
        raise StoryFailed(f"разговор не кончается, состояние {reply.state}")

    async def _put_through(self, call: Conversation) -> Reply:
        self._say("               (регистратор снял трубку)" if self._desk else "               (никто не ответил)")
        return await call.transfer_result("joined" if self._desk else "not_reached")


class SipLine:
    """Synthesised people at SIP telephones; the bot phones by its own planner and dialer."""

    def __init__(self, stage: Stage) -> None:
        self._outbound = stage.service.outbound
        self._tasks = stage.service.tasks
        self._stage = stage
        self._calls = Calls(stage, seconds=CALL_SECONDS)
        self.calls = 0
        self.said = ""

    async def phone_in(self, part: Part, *, desk: bool = False) -> Mapping[str, Any]:
        self.calls += 1
        registrar = asyncio.create_task(answer_at_the_desk(self._stage)) if desk else None
        try:
            return self._ended(await self._calls.phone_in(part))
        except TimeoutError:
            raise StoryFailed("звонок не начался или не кончился вовремя") from None
        finally:
            if registrar is not None:
                registrar.cancel()
                await asyncio.gather(registrar, return_exceptions=True)

    def _ended(self, talked: Talked) -> Mapping[str, Any]:
        turns = self._stage.watch.calls[talked.call_id].turns.values()
        self.said = " ".join(turn.text for turn in turns if turn.speaker is Speaker.BOT)
        return talked.outcome

    async def be_phoned(self, part: Part, script: str, about: About) -> Mapping[str, Any]:
        self.calls += 1
        task = await self._task(about)
        try:
            return self._ended(await self._calls.be_phoned(part, task.id))
        except NotRung as why:
            raise StoryFailed(f"телефон не зазвонил: {why}") from None
        except TimeoutError:
            raise StoryFailed("звонок не начался или не кончился вовремя") from None

    async def _task(self, about: About) -> CallTask:
        """The call that the bot's own planner makes of what there is to phone about. Raises StoryFailed."""
        await self._outbound.invitations.plan()
        await self._outbound.offers.plan()
        for task in await self._tasks.open_tasks():
            if About(visit_id=task.visit_id, errand_id=task.errand_id, offer_id=task.offer_id) == about:
                return task
        raise StoryFailed("робот не запланировал этого звонка")
