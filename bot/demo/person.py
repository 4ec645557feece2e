"""A synthesised patient: listens until the bot has finished, then answers what was asked, in a voice of their own."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.demo.watch import CallWatch, WatchedCall
from bot.domain.events import TurnTaken
from dialogs.speech_text.phrases import spoken_abbreviations
from speech.port import Synthesizer, Voice, VoiceUnavailable
from telephony.phone import PhoneCall

QUIET_RMS = 60.0
"""Below this the earpiece is silent (PCM16)."""
QUIET_SECONDS = 0.2
"""How long people think after the question."""
SPEECH_TRIES = 5
WHAT_IS_WRONG = ("Что исправить", "Скажите «имя»", "Имя, нажмите один")
"""What the bot says when it asks that, and when it asks again."""
PATIENCE = 3
"""So often people set right what the bot has misunderstood before they give up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insisted:
    """A regular expression that must match every question with `about` in it, and what is said if it does not."""

    about: str
    pattern: str
    line: str
    named: str = ""
    """What they answer to «Что исправить?», however often it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a person says, by the bot's state; several answers to one state are used in turn, the last one repeats."""

    phone: str
    voice: Voice
    answers: Mapping[str, Sequence[str]]
    hang_up_in: str | None = None
    """In this state they put the phone down in mid-sentence."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """What they press, by state, when the bot asks for the same a second time (it offers keys then)."""
    insists: Mapping[str, Sequence[Insisted]] = field(default_factory=dict)
    """What must be in the bot's question before they agree to it, by state."""
    leaves_in: str | None = None
    """In this state they have what they wanted and put the phone down."""
    replies: Mapping[str, str] = field(default_factory=dict)
    """What they answer to a question with these words in it, whatever its state."""

    def objection(self, state: str, question: str) -> Insisted | None:
        """What they insist on before they answer, because the question is not what they want."""
        insisted = [one for one in self.insists.get(state, ()) if one.about in question]
        return next((one for one in insisted if not re.search(one.pattern, question)), None)


class Person:
    """Plays one part over one answered call."""

    def __init__(self, part: Part, voice: Synthesizer, watch: CallWatch) -> None:
        self._part = part
        self._voice = voice
        self._watch = watch
        self._used: Counter[str] = Counter()
        self._objected = 0
        self._against: dict[str, Insisted | None] = {}
        self._named = ""
        self.answered = 0

    async def talk(self, phone: PhoneCall, call: WatchedCall) -> None:
        """Converse until the call is over or there is nothing more to say."""
        number = 0
        while (question := await self._next_question(phone, call, number)) is not None:
            number = question.number
            # thought of while the bot still speaks
            words = asyncio.create_task(self._words(question.state, question.text))
            try:
                await self._watch.until_heard_out(call, number)
                if not await self._until_quiet(phone):
                    return
                newest = call.question
                if newest is None or newest.number == number:
                    await self._act(phone, question, words)
            finally:
                words.cancel()
                await asyncio.gather(words, return_exceptions=True)

    async def _next_question(self, phone: PhoneCall, call: WatchedCall, number: int) -> TurnTaken | None:
        if phone.over:
            return None
        waiting = asyncio.create_task(self._watch.question_after(call, number))
        over = asyncio.create_task(phone.wait_over())
        await asyncio.wait({waiting, over}, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not waiting.done():
            waiting.cancel()
            return None
        return waiting.result()

    async def _until_quiet(self, phone: PhoneCall) -> bool:
        """Return when the last of the bot's words has come through; False when the call is over."""
        async with asyncio.timeout(60):
            while _loudness(phone.recent(QUIET_SECONDS)) >= QUIET_RMS and not phone.over:
                await asyncio.sleep(0.02)
        return not phone.over

    async def _words(self, state: str, question: str) -> bytes:
        """What they say to this; nothing lets the bot's ladder go on."""
        lines = self._part.answers.get(state, ())
        answer = lines[min(self._used[state], len(lines) - 1)] if lines else None
        line = self._objection(state, question) or self._reply(question) or answer
        return await self.speech(line) if line else b""

    def _objection(self, state: str, question: str) -> str | None:
        """Of a question that is only asked again, what was said against it the first time."""
        if any(one.about in question for one in self._part.insists.get(state, ())):
            self._against[state] = self._part.objection(state, question)
        against = self._against.get(state)
        self._named = against.named if against else self._named
        return against.line if against else None

    def _reply(self, question: str) -> str | None:
        """What they say to this very question."""
        if self._named and any(asked in question for asked in WHAT_IS_WRONG):
            return self._named
        return next((line for words, line in self._part.replies.items() if words in question), None)

    async def _act(self, phone: PhoneCall, question: TurnTaken, words: asyncio.Task[bytes]) -> None:
        state, part = question.state, self._part
        if state == part.leaves_in:
            await phone.hangup()
        elif state == part.hang_up_in:
            sound = await words
            await phone.say(sound[: len(sound) // 4 * 2])
            await phone.hangup()
        elif self._objection(state, question.text):
            self._objected += 1
            await (phone.say(await words) if self._objected <= PATIENCE else phone.hangup())
        else:
            await self._answer(phone, state, words)

    async def _answer(self, phone: PhoneCall, state: str, words: asyncio.Task[bytes]) -> None:
        again = self._used[state] > 0
        self._used[state] += 1
        if again and state in self._part.keys:
            await phone.press(self._part.keys[state])
        elif sound := await words:
            self.answered += 1
            await phone.say(sound)

    async def speech(self, text: str) -> bytes:
        """The line in this person's voice, PCM16 8 kHz."""
        text = spoken_abbreviations(text)
        for _ in range(SPEECH_TRIES - 1):
            try:
                return b"".join([chunk async for chunk in self._voice.stream(text, self._part.voice)])
            except VoiceUnavailable:
                continue  # a busy machine: people think before they speak
        return b"".join([chunk async for chunk in self._voice.stream(text, self._part.voice)])


def _loudness(sound: bytes) -> float:
    if not sound:
        return 0.0
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float64)
    return float(np.sqrt(np.mean(samples**2)))
