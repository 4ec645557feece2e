"""Barge-in as the caller has it: how soon a prompt is lowered and silenced, and what line noise does to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.demo.bench_calls import Answers, phone_in
from bot.demo.bench_phone import TimedPhone
from bot.demo.bench_prompts import Followed, follow, line_noise
from bot.demo.person import Part
from bot.demo.stage import Stage
from bot.demo.watch import WatchedCall
from bot.domain.call import Speaker, Turn
from speech.bench import percentiles
from speech.prompts import sentences

DUCKED: Final = 0.6
"""A voiced frame at less than this part of its loudness is ducked; ducking takes it to a quarter."""
STOPPED: Final = 0.08
_WAIT_S: Final = (0.7, 1.5)
_LEFT_MS: Final = 400
"""A prompt that would have ended sooner than this after the caller began tells nothing."""
NOISES: Final = (("pink", -45.0), ("white", -40.0), ("pink", -35.0), ("white", -45.0))
_PIECE_S: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutIn:
    """The caller spoke over a prompt. `began` is when, `place` a moment of the same clock and its place in `heard`."""

    text: str
    began: float
    place: tuple[float, float]

    @property
    def at_ms(self) -> float:
        """When the caller began, in what was heard."""
        moment, place = self.place
        return place - (moment - self.began) * 1000


class Impatient:
    """Answers every question before it has been asked to the end, but for the first, which must be heard."""

    def __init__(self, stage: Stage, part: Part, dice: random.Random) -> None:
        self._watch = stage.watch
        self._answers = Answers(stage, part)
        self._dice = dice
        self.cuts: list[CutIn] = []

    async def talk(self, phone: TimedPhone, call: WatchedCall) -> None:
        """Converse until the call is over."""
        number = 0
        while (question := await self._watch.question_after(call, number)) is not None:
            first, number = number == 0, question.number
            sound = await self._answers.to(question.state)
            if first:
                await phone.until_quiet()
            else:
                await phone.until_sound()
                await asyncio.sleep(self._dice.uniform(*_WAIT_S))
            if sound is None or phone.over:
                continue
            await phone.say(sound)
            if not first:
                self.cuts.append(CutIn(text=question.text, began=phone.spoken[-1].began, place=await phone.place()))


async def bench_barge_in(stage: Stage, parts: Sequence[Part], wanted: int, seed: int) -> dict[str, Any]:
    """Let impatient people call until `wanted` prompts were cut into; milliseconds from the beginning of speech."""
    dice = random.Random(seed)
    ducked: list[float | None] = []
    stopped: list[float | None] = []
    for part in parts:
        person = Impatient(stage, part, dice)
        phone, _ = await phone_in(stage, part, person.talk)
        for cut in person.cuts:
            sounding = await followed(stage, cut.text, phone.heard())
            if last_voiced(sounding) >= cut.at_ms + _LEFT_MS:
                ducked.append(quieter(sounding, DUCKED, cut.at_ms))
                stopped.append(quieter(sounding, STOPPED, cut.at_ms))
        if len(ducked) >= wanted:
            break
    return {
        "n": len(ducked),
        "ducked_ms": percentiles([one for one in ducked if one is not None]),
        "not_ducked": ducked.count(None),
        "stopped_ms": percentiles([one for one in stopped if one is not None]),
        "not_stopped": stopped.count(None),
    }


async def followed(stage: Stage, text: str, heard: bytes) -> list[Followed]:
    """The sentences of a bot's turn as they were heard, those that were not left out."""
    found: list[Followed] = []
    from_ms = 0.0
    for sentence in sentences(text):
        sound = await rendered(stage, sentence)
        one = await asyncio.to_thread(follow, sound, heard, from_ms=from_ms)
        if one is not None:
            found.append(one)
            from_ms = one.at_ms
    return found


async def rendered(stage: Stage, text: str) -> bytes:
    """The sound that the bot speaks a text with: a voice gives the same samples every time."""
    speech = stage.service.speech
    return b"".join([piece async for piece in speech.prompts.render(text, speech.voice)])


def last_voiced(sentences_heard: Sequence[Followed]) -> float:
    """Where in what was heard the turn would have ended; 0 when none of it was found."""
    return max((one.at_ms + max(one.gains, default=0) for one in sentences_heard), default=0.0)


def quieter(sentences_heard: Sequence[Followed], gain: float, began_ms: float) -> float | None:
    """Milliseconds from `began_ms` until the turn was quieter than `gain`; None if it never was."""
    for one in sentences_heard:
        when = one.first_below(gain, after_ms=began_ms)
        if when is not None:
            return when - began_ms
    return None


async def bench_noise(stage: Stage, part: Part, wanted_s: float, seed: int) -> dict[str, Any]:
    """Calls of somebody who says nothing on a noisy line: what the noise did to prompts and turns."""
    seconds = 0.0
    total = {"false_stops": 0, "false_turns": 0, "prompts": 0, "ducked_prompts": 0}
    for number in range(20):
        kind, level_db = NOISES[number % len(NOISES)]
        noise = line_noise(kind, level_db, _PIECE_S, seed + number)

        async def talk(phone: TimedPhone, _: WatchedCall, noise: bytes = noise) -> None:
            await phone.say(noise)

        phone, record = await phone_in(stage, replace(part, answers={}), talk)
        heard = phone.heard()
        seconds += min(_PIECE_S, len(heard) / 16000)
        turns = [turn for turn in record.turns if turn.speaker is Speaker.BOT]
        # the last prompt may have been cut by our own hanging up
        for turn in turns[:-1]:
            for name, happened in (await _disturbed(stage, turn, heard)).items():
                total[name] += happened
        total["false_turns"] += sum("decode" in turn.timings for turn in record.turns)
        if seconds >= wanted_s:
            break
    return {"seconds": round(seconds), "noises": [f"{kind} {level:g} dBFS" for kind, level in NOISES], **total}


async def _disturbed(stage: Stage, turn: Turn, heard: bytes) -> dict[str, int]:
    whole = True
    ducked = False
    for sentence in sentences(turn.text):
        found = follow(await rendered(stage, sentence), heard)
        gains = list(found.gains.values()) if found else [0.0]
        whole = whole and max(gains[-2:]) > STOPPED
        ducked = ducked or any(STOPPED < gain < DUCKED for gain in gains)
    return {"prompts": 1, "false_stops": not whole, "ducked_prompts": ducked}
