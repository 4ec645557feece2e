"""Prompts to the caller: spoken in order, ducked at once, stopped on real words, some heard to the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from bot.calls.ports import Prompts, RecordedPrompts
from bot.calls.prompt_sound import PromptSound
from dialogs.step import Say
from speech import pcm
from speech.port import FRAME_BYTES, Voice, VoiceUnavailable
from telephony.port import MediaLeg

log = logging.getLogger(__name__)

_SILENT_DB = -55.0
"""dB of full scale: what is quieter at the beginning of a prompt nobody hears on a telephone."""
_STEP_BYTES = FRAME_BYTES // 4


class Player:
    """Speaks to one caller. One list of prompts at a time; a new list replaces the old one."""

    def __init__(
        self,
        media: MediaLeg,
        prompts: Prompts,
        voice: Voice,
        duck_gain: float,
        recordings: RecordedPrompts | None = None,
    ) -> None:
        self._media = media
        self._sound = PromptSound(prompts, voice, recordings)
        self._duck_gain = duck_gain
        self._task: asyncio.Task[None] | None = None
        self._heard_enough = asyncio.Event()
        self._voiceless = asyncio.Event()
        self._begun = asyncio.Event()
        self._begun.set()
        self._first_packet_at: float | None = None

    def play(self, says: Sequence[Say], heard_out: Callable[[], None] = lambda: None) -> None:
        """Begin to speak; returns at once. `heard_out` is called when all has been heard, unless it was stopped."""
        self.stop()
        self._media.duck(1.0)
        self._heard_enough.clear()
        self._voiceless.clear()
        self._begun.clear()
        self._first_packet_at = None
        self._task = asyncio.create_task(self._speak(tuple(says), heard_out))

    @property
    def playing(self) -> bool:
        """Something is still to be heard."""
        return self._task is not None and not self._task.done()

    @property
    def interruptible(self) -> bool:
        """The caller may cut in: nothing that must be heard is still to come."""
        return not self.playing or self._heard_enough.is_set()

    @property
    def first_packet_at(self) -> float | None:
        """Monotonic time of the first packet of what was played last."""
        self._note_first_packet()
        return self._first_packet_at

    async def begun(self) -> None:
        """Return when the first sound is on its way, or none will come: until then the caller waits."""
        await self._begun.wait()

    async def heard_enough(self) -> None:
        """Return when nothing that must be heard is still to come."""
        await self._heard_enough.wait()

    async def voiceless(self) -> None:
        """Return when no voice could speak some of what was to be said; what could be spoken has been heard."""
        await self._voiceless.wait()

    async def finished(self) -> None:
        """Return when all has been heard, or it was stopped."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def duck(self) -> None:
        """Lower the voice: somebody may be speaking."""
        if self.playing and self.interruptible:
            self._media.duck(self._duck_gain)

    def restore(self) -> None:
        """It was only noise: back to full loudness."""
        self._media.duck(1.0)

    def stop(self) -> None:
        """Be silent from the next frame on."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self._media.flush()
        self._task = None
        self._heard_enough.set()
        self._begun.set()

    async def _speak(self, says: tuple[Say, ...], heard_out: Callable[[], None]) -> None:
        """Queue prompt after prompt. What cannot be spoken is left out and told by `voiceless`."""
        last_to_hear = max((i for i, say in enumerate(says) if say.must_hear), default=-1)
        if last_to_hear < 0:
            self._heard_enough.set()
        silent, whole = True, True
        for index, say in enumerate(says):
            try:
                async for chunk in self._sound.pieces(say):
                    sound = from_first_sound(chunk) if silent else chunk
                    if sound:
                        silent = False
                        self._media.send(sound)
                        self._begun.set()
                        self._note_first_packet()
            except Exception as error:
                whole = False
                known = isinstance(error, VoiceUnavailable)
                log.error("No voice can speak a prompt", extra={"prompt_id": say.prompt_id}, exc_info=not known)
            if index == last_to_hear:
                await self._media.drained()
                self._note_first_packet()
                self._heard_enough.set()
        self._begun.set()
        await self._media.drained()
        heard_out()
        if not whole:
            self._voiceless.set()

    def _note_first_packet(self) -> None:
        """The line tells the first packet since its queue was last empty, which may happen between two prompts."""
        if self._first_packet_at is None:
            self._first_packet_at = self._media.first_sent_at


def from_first_sound(sound: bytes) -> bytes:
    """PCM16 without the silence before it: a voice begins with 40-120 ms of it, which the caller has waited enough."""
    for at in range(0, len(sound), _STEP_BYTES):
        if pcm.level_db(sound[at : at + _STEP_BYTES]) > _SILENT_DB:
            return sound[at:]
    return b""
