"""Barge-in as the caller has it: how soon a prompt is lowered and silenced, and what line noise does to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.calls.marks import steps_slower, unmarked
from bot.calls.prompt_sound import in_manner
from bot.demo.bench_calls import Answers, phone_in
from bot.demo.bench_phone import TimedPhone
from bot.demo.bench_prompts import follow, line_noise, quieter
from bot.demo.person import Part
from bot.demo.stage import Stage
from bot.demo.watch import WatchedCall
from bot.domain.call import CallRecord, Speaker, Turn
from dialogs.engine.ease import Ease, manner_of
from speech.bench import percentiles
from speech.port import FRAME_BYTES, FRAME_MS
from speech.prompts import sentences

BYTES_PER_S: Final = FRAME_BYTES * 1000 // FRAME_MS
DUCKED: Final = 0.6
"""A voiced frame at less than this part of its loudness is ducked; ducking takes it to a quarter."""
STOPPED: Final = 0.1
NOISE: Final = (("pink", -45.0, 10.0), ("white", -40.0, 10.0), ("pink", -35.0, 10.0), ("white", -45.0, 10.0))
"""Kind, dB of full scale, seconds: what a bad line may carry, with steps that a slow noise floor takes for speech."""
_WAIT_S: Final = (0.7, 1.5)
_LEFT_MS: Final = 400
"""A prompt that would have ended sooner than this after the caller began tells nothing."""
_TRIES: Final = 2
_EARLY_MS: Final = 100
"""Breath before the first loud frame may duck the prompt before the words begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutIn:
    """The caller spoke over the bot's turn number `question`.

    `began` is when, `place` a moment of the same clock and its place in what was heard, in milliseconds.
    """

    question: int
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
            if self._answers.given[question.state] > _TRIES:
                return  # the next rung is a registrar's telephone, which would ring for half a minute
            if first:
                await phone.until_quiet()
            else:
                await phone.until_sound()
                await asyncio.sleep(self._dice.uniform(*_WAIT_S))
            if sound is None or phone.over:
                continue
            await phone.say(sound)
            if not first:
                began, place = phone.spoken[-1].began, await phone.place()
                self.cuts.append(CutIn(question=number, text=question.text, began=began, place=place))


async def bench_barge_in(stage: Stage, parts: Sequence[Part], wanted: int, seed: int) -> dict[str, Any]:
    """Let impatient people call until `wanted` prompts were cut into; milliseconds from the beginning of speech."""
    dice = random.Random(seed)
    ducked: list[float | None] = []
    stopped: list[float | None] = []
    for part in parts:
        person = Impatient(stage, part, dice)
        phone, record = await phone_in(stage, part, person.talk)
        from_ms = 0.0
        # a goodbye, or what is said before a registrar is rung, asks nothing and is heard to its end
        asked = {turn.number - 1 for turn in record.turns if turn.speaker is Speaker.CALLER}
        paces = paces_of(record)
        for cut in (cut for cut in person.cuts if cut.question in asked):
            frames = await sounding(stage, cut.text, paces.get(cut.question, 0), phone.heard(), from_ms)
            from_ms = cut.at_ms
            if frames and frames[-1][0] >= cut.at_ms + _LEFT_MS:
                ducked.append(_after(cut, quieter(frames, DUCKED, cut.at_ms - _EARLY_MS)))
                stopped.append(_after(cut, quieter(frames, STOPPED, cut.at_ms - _EARLY_MS)))
        if len(ducked) >= wanted:
            break
    return {
        "n": len(ducked),
        "ducked_ms": percentiles([one for one in ducked if one is not None]),
        "not_ducked": ducked.count(None),
        "stopped_ms": percentiles([one for one in stopped if one is not None]),
        "not_stopped": stopped.count(None),
    }


def _after(cut: CutIn, place: float | None) -> float | None:
    return None if place is None else max(0.0, place - cut.at_ms)


def paces_of(record: CallRecord) -> dict[int, int]:
    """By how many steps each of the bot's turns was slower than usual."""
    turns = [turn for turn in record.turns if turn.speaker is Speaker.BOT]
    return dict(zip((turn.number for turn in turns), steps_slower(turn.text for turn in turns), strict=True))


async def sounding(stage: Stage, text: str, slow: int, heard: bytes, from_ms: float) -> list[tuple[float, float]]:
    """Place and gain of every voiced frame of a bot's turn, for the sentences of it that were begun."""
    frames: list[tuple[float, float]] = []
    for sentence in sentences(unmarked(text)):
        one = await asyncio.to_thread(follow, await rendered(stage, sentence, slow), heard, from_ms=from_ms)
        if one is not None:
            frames += one.voiced()
            from_ms = one.at_ms
    return frames


async def rendered(stage: Stage, text: str, slow: int) -> bytes:
    """The sound that the bot speaks a text with: a voice gives the same samples every time."""
    speech, script = stage.service.speech, stage.service.core.scripts.script("inbound").speech
    voice = in_manner(speech.voice, manner_of(Ease(slow=slow), script))
    return b"".join([piece async for piece in speech.prompts.render(text, voice)])


async def bench_noise(stage: Stage, part: Part, wanted_s: float, seed: int) -> dict[str, Any]:
    """Calls of somebody who says nothing on a noisy line: what the noise did to prompts and turns."""
    silent = replace(part, answers={})
    total = {"seconds": 0, "prompts": 0, "false_stops": 0, "ducked_prompts": 0, "false_turns": 0}
    while total["seconds"] < wanted_s:
        noise = line_noise(NOISE, seed + total["seconds"])

        async def talk(phone: TimedPhone, _: WatchedCall, noise: bytes = noise) -> None:
            saying = asyncio.create_task(phone.say(noise))
            over = asyncio.create_task(phone.wait_over())
            await asyncio.wait({saying, over}, return_when=asyncio.FIRST_COMPLETED)
            saying.cancel()
            over.cancel()

        phone, record = await phone_in(stage, silent, talk)
        total["seconds"] += round(len(phone.heard()) / BYTES_PER_S)
        total["false_turns"] += sum("decode" in turn.timings for turn in record.turns)
        paces, from_ms = paces_of(record), 0.0
        # the last prompt may have been cut by our own hanging up
        for turn in [turn for turn in record.turns if turn.speaker is Speaker.BOT][:-1]:
            whole, ducked, from_ms = await _unhurt(stage, turn, paces[turn.number], phone.heard(), from_ms)
            total["prompts"] += 1
            total["false_stops"] += not whole
            total["ducked_prompts"] += ducked
    return {"noise": [f"{kind} {level:g} dBFS, {seconds:g} s" for kind, level, seconds in NOISE], **total}


async def _unhurt(stage: Stage, turn: Turn, slow: int, heard: bytes, from_ms: float) -> tuple[bool, bool, float]:
    """Whether a prompt was heard to its end, whether it was ducked on the way, and where its last sentence began."""
    whole, ducked = True, False
    for sentence in sentences(unmarked(turn.text)):
        found = await asyncio.to_thread(follow, await rendered(stage, sentence, slow), heard, from_ms=from_ms)
        gains = [gain for _, gain in found.voiced()] if found else [0.0]
        from_ms = found.at_ms if found else from_ms
        whole = whole and max(gains[-2:]) > STOPPED
        ducked = ducked or any(STOPPED < gain < DUCKED for gain in gains)
    return whole, ducked, from_ms
