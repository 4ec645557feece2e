"""The RHVoice voices, in a process of their own."""

from __future__ import annotations

from typing import Final

from speech.port import SynthesizerCapabilities, Voice, VoiceUnavailable
from speech.voice_pool import PooledVoice
from speech.worker_process import WorkerSpec

VOICES: Final = ("Anna", "Irina", "Elena", "Aleksandr", "Aleksandr-hq")
"""The Russian voices whose licences let a paying clinic use them (LGPL-2.1+; Aleksandr-hq CC BY-SA 4.0).

The other nine that Debian packages are CC BY-NC-ND and are never loaded here.
"""


class RhvoiceSynthesizer(PooledVoice):
    """First sound 2-4 ms after the request, a phrase in a fiftieth of its length."""

    def __init__(self, *, workers: int = 1) -> None:
        super().__init__(
            SynthesizerCapabilities(name="rhvoice", streaming=True, voices=VOICES),
            # speech is urgent and cheap, so these workers do not yield the processor
            WorkerSpec(module="speech.rhvoice_worker", arguments=VOICES, niceness=0),
            workers=workers,
        )

    def engine_voice(self, voice: Voice) -> str:
        """The voice as named; raises VoiceUnavailable for one that is not free to use."""
        if voice.name not in VOICES:
            raise VoiceUnavailable(f"rhvoice: голос {voice.name} не разрешён лицензией; есть {', '.join(VOICES)}")
        return voice.name
