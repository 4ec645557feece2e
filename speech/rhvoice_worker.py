"""RHVoice inside its process: text in, PCM16 8 kHz out in pieces of about 100 ms.

The library is loaded through ctypes and never by the service itself: Debian builds it with parts under the GPL.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any, Final

from speech import pcm
from speech.port import RATE
from speech.wire import Header
from speech.worker import Emit, run

_LIBRARY = "libRHVoice.so.5"
_DATA = b"/usr/share/RHVoice"
_CONFIG = b"/etc/RHVoice"

_SetRate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_Play = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p)
_UNUSED_CALLBACKS: Final = ("mark", "word_starts", "word_ends", "sentence_starts", "sentence_ends", "audio", "done")


class _Callbacks(ctypes.Structure):
    _fields_ = [
        ("set_sample_rate", _SetRate),
        ("play_speech", _Play),
        *((name, ctypes.c_void_p) for name in _UNUSED_CALLBACKS),
    ]


class _InitParams(ctypes.Structure):
    _fields_ = [
        ("data_path", ctypes.c_char_p),
        ("config_path", ctypes.c_char_p),
        ("resource_paths", ctypes.POINTER(ctypes.c_char_p)),
        ("callbacks", _Callbacks),
        ("options", ctypes.c_uint),
    ]


class _VoiceInfo(ctypes.Structure):
    _fields_ = [
        ("language", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("gender", ctypes.c_int),
        ("country", ctypes.c_char_p),
    ]


class _SynthParams(ctypes.Structure):
    _fields_ = [
        ("voice_profile", ctypes.c_char_p),
        *((f"absolute_{name}", ctypes.c_double) for name in ("rate", "pitch", "volume")),
        *((f"relative_{name}", ctypes.c_double) for name in ("rate", "pitch", "volume")),
        ("punctuation_mode", ctypes.c_int),
        ("punctuation_list", ctypes.c_char_p),
        ("capitals_mode", ctypes.c_int),
        ("flags", ctypes.c_int),
    ]


def _load() -> Any:
    library = ctypes.CDLL(_LIBRARY)
    library.RHVoice_new_tts_engine.restype = ctypes.c_void_p
    library.RHVoice_new_tts_engine.argtypes = [ctypes.POINTER(_InitParams)]
    library.RHVoice_get_number_of_voices.argtypes = [ctypes.c_void_p]
    library.RHVoice_get_voices.restype = ctypes.POINTER(_VoiceInfo)
    library.RHVoice_get_voices.argtypes = [ctypes.c_void_p]
    library.RHVoice_new_message.restype = ctypes.c_void_p
    library.RHVoice_new_message.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.POINTER(_SynthParams),
        ctypes.c_void_p,
    ]
    library.RHVoice_speak.argtypes = [ctypes.c_void_p]
    library.RHVoice_delete_message.argtypes = [ctypes.c_void_p]
    return library


class RhvoiceEngine:
    """One engine with the named voices warm."""

    def __init__(self, voices: tuple[str, ...]) -> None:
        self._library = _load()
        self._stream = pcm.StreamResampler(24000, RATE)
        self._emit: Callable[[bytes], bool] = lambda piece: True
        # ctypes keeps no reference to callbacks: the structure must outlive the engine
        self._params = _InitParams(_DATA, _CONFIG, None, _Callbacks(_SetRate(self._on_rate), _Play(self._on_sound)), 0)
        self._engine = self._library.RHVoice_new_tts_engine(ctypes.byref(self._params))
        if not self._engine:
            raise RuntimeError(f"RHVoice не нашёл голосов в {_DATA.decode()}")
        missing = set(voices) - self._installed()
        if missing:
            raise RuntimeError(
                f"нет голосов RHVoice: {', '.join(sorted(missing))}; запустите scripts/install_voices.sh"
            )
        for voice in voices:
            self._speak("Проверка.", voice, 1.0, 1.0)

    def handle(self, request: Header, payload: bytes, emit: Emit) -> None:
        """Speak one text; a cancelled one stops within 100 ms of sound."""
        self._emit = lambda piece: emit({}, piece) if piece else True
        self._stream.reset()
        if not self._speak(request["text"], request["voice"], request["rate"], request["pitch"]):
            raise RuntimeError("RHVoice refused the text")

    def _installed(self) -> set[str]:
        count = self._library.RHVoice_get_number_of_voices(self._engine)
        voices = self._library.RHVoice_get_voices(self._engine)
        return {voices[at].name.decode() for at in range(count)}

    def _speak(self, text: str, voice: str, rate: float, pitch: float) -> bool:
        params = _SynthParams(
            voice_profile=voice.encode(), relative_rate=rate, relative_pitch=pitch, relative_volume=1.0
        )
        encoded = text.encode()
        message = self._library.RHVoice_new_message(self._engine, encoded, len(encoded), 0, ctypes.byref(params), None)
        if not message:
            return False
        self._library.RHVoice_speak(message)
        self._library.RHVoice_delete_message(message)
        return True

    def _on_rate(self, rate: int, _: Any) -> int:
        self._stream = pcm.StreamResampler(rate, RATE)
        return 1

    def _on_sound(self, samples: Any, count: int, _: Any) -> int:
        return int(self._emit(self._stream.push(ctypes.string_at(samples, count * 2))))


if __name__ == "__main__":
    run(lambda: RhvoiceEngine(tuple(sys.argv[1:])))
