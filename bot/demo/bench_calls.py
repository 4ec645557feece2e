"""Who phones in the turn bench, and one call of theirs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.demo.bench_phone import TimedPhone
from bot.demo.cast import Cast
from bot.demo.person import Part, Person
from bot.demo.run import draw_cast
from bot.demo.stage import Stage
from bot.demo.watch import WatchedCall
from bot.domain.call import CallRecord
from dialogs.speech_text.numerals import spoken_phone

WITHHELD: Final = "…"
"""How live events show a caller without a number."""
CALL_S: Final = 180.0

Talk = Callable[[TimedPhone, WatchedCall], Awaitable[None]]


async def draw_parts(stage: Stage, seed: int) -> tuple[Part, Part, Part]:
    """Three callers in voices of their own: a visit, a visit from a withheld number, a doctor to the home."""
    cast = await draw_cast(stage, seed)
    parts = cast.booker.part, withheld(cast), cast.home.part
    first, second, third = (replace(part, insists={}) for part in parts)  # the times are soon taken
    return first, second, third


def withheld(cast: Cast) -> Part:
    """The reminded patient books another visit from a number that is not shown, and so has to dictate it."""
    answers: Mapping[str, Sequence[str]] = {
        **cast.booker.part.answers,
        "open": cast.hangs_up.part.answers["open"],
        "ask_phone": [f"{spoken_phone(cast.booker.part.phone).capitalize()}."],
    }
    part = cast.booker.part
    keys = {**part.keys, "ask_phone": part.phone[-10:]}
    return replace(part, phone=WITHHELD, answers=answers, keys=keys)


async def phone_in(stage: Stage, part: Part, talk: Talk) -> tuple[TimedPhone, CallRecord]:
    """Phone the registry, `talk`, hang up; returns when the call is over, with its record."""
    known = len(stage.watch.calls)
    user = "anonymous" if part.phone == WITHHELD else part.phone
    answered = await stage.make_patient(user).dial(stage.registry)
    call = await stage.watch.call_of(part.phone, since=known)
    phone = TimedPhone(answered, call)
    try:
        async with asyncio.timeout(CALL_S):
            await talk(phone, call)
    except TimeoutError:
        pass
    finally:
        await phone.close()
        await phone.hangup()
    await asyncio.wait_for(stage.watch.ended(call), 30)
    record = await stage.service.state.journal.call(call.call_id)
    assert record is not None, "a call that has ended is in the journal"
    return phone, record


async def converse(stage: Stage, part: Part) -> tuple[TimedPhone, CallRecord]:
    """A whole call of a person who waits for the end of every question."""
    person = Person(part, stage.voices, stage.watch)

    async def talk(phone: TimedPhone, call: WatchedCall) -> None:
        await person.talk(phone, call)
        await phone.wait_over()

    return await phone_in(stage, part, talk)


class Answers:
    """What a part says to each state, as sound."""

    def __init__(self, stage: Stage, part: Part) -> None:
        self._part = part
        self._person = Person(part, stage.voices, stage.watch)
        self.given: Counter[str] = Counter()

    async def to(self, state: str) -> bytes | None:
        """The next answer to a state; None for silence."""
        lines = self._part.answers.get(state)
        if not lines:
            return None
        used = self.given[state]
        self.given[state] += 1
        return await self._person.speech(lines[min(used, len(lines) - 1)])
