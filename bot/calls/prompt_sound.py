"""One prompt as sound: recorded words as they were recorded, the rest in the bot's voice, as this caller follows it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

from bot.calls.ports import Prompts, RecordedPrompts
from dialogs.speech_text import spoken_abbreviations
from dialogs.step import Manner, Say
from speech import pcm
from speech.loudness import factor_of, louder
from speech.port import Voice

log = logging.getLogger(__name__)


class PromptSound:
    """What a call plays, and what a preview plays: the same."""

    def __init__(self, prompts: Prompts, voice: Voice, recordings: RecordedPrompts | None) -> None:
        self._prompts = prompts
        self._voice = voice
        self._recordings = recordings

    async def pieces(self, say: Say) -> AsyncIterator[bytes]:
        """PCM16 8 kHz as it is made; dictated groups have pauses between them. Raises VoiceUnavailable."""
        recorded = await self._recorded(say) if say.recording else None
        if recorded is not None:
            yield recorded
            return
        text, voice = spoken_abbreviations(say.text), in_manner(self._voice, say.manner)
        for number, group in enumerate(text.split(", ") if say.manner.pause_ms else (text,)):
            if number:
                yield pcm.silence(say.manner.pause_ms)
            async for piece in self._prompts.render(group, voice):
                yield piece

    async def _recorded(self, say: Say) -> bytes | None:
        """The recording, unless the caller wants another pace, which only the voice has."""
        if say.manner.rate != 1.0:
            return None
        sound = await self._recordings.sound(say.recording) if self._recordings else None
        if sound is None:
            log.warning("A recorded prompt is missing", extra={"recording": say.recording, "prompt_id": say.prompt_id})
            return None
        return louder(sound, factor_of(say.manner.gain_db))


def in_manner(voice: Voice, manner: Manner) -> Voice:
    """The voice, slower and louder as a prompt wants it."""
    return replace(voice, rate=voice.rate * manner.rate, volume=voice.volume * factor_of(manner.gain_db))
