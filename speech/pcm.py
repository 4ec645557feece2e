"""Sound as bytes: G.711 A-law, WAV files, resampling, gain and mixing.

PCM everywhere is 16-bit little-endian; 8 kHz mono unless a rate is named.
"""

from __future__ import annotations

import audioop
import functools
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soxr

from speech.port import FRAME_BYTES, RATE, SpeechError

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

_WIDTH: Final = 2
_PCM, _ALAW, _EXTENSIBLE = 1, 6, 0xFFFE
_ZERO_CROSSINGS: Final = 10
"""Half length of the resampling filter in samples of the slower side: 1.25 ms of delay at 8 kHz."""


class SoundFileError(SpeechError):
    """The file is not a WAV of a kind that is read here (A-law or 16-bit PCM)."""


# ---------------------------------------------------------------- G.711 A-law


def alaw_decode(data: bytes) -> bytes:
    """A-law bytes to PCM16, twice as many bytes."""
    return audioop.alaw2lin(data, _WIDTH)


def alaw_encode(pcm: bytes) -> bytes:
    """PCM16 to A-law, half as many bytes."""
    return audioop.lin2alaw(pcm, _WIDTH)


# ------------------------------------------------------------ arithmetic


def to_samples(pcm: bytes) -> Samples:
    """PCM16 bytes as a read-only array, without a copy."""
    return np.frombuffer(pcm, dtype="<i2")


def from_floats(values: npt.NDArray[Any]) -> bytes:
    """Sample values (full scale 32768) to PCM16, clipped rather than wrapped."""
    return bytes(np.clip(np.rint(values), -32768, 32767).astype("<i2"))


def gain(pcm: bytes, factor: float) -> bytes:
    """The same sound `factor` times as loud, clipped."""
    return audioop.mul(pcm, _WIDTH, factor)


def mix(first: bytes, second: bytes) -> bytes:
    """Both sounds at once, as long as the longer, clipped."""
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    total = to_samples(longer).astype(np.int32)
    total[: len(shorter) // 2] += to_samples(shorter)
    return from_floats(total)


def interleave(left: bytes, right: bytes) -> bytes:
    """Two mono sounds as one stereo, the shorter padded with silence."""
    stereo = np.zeros((max(len(left), len(right)) // 2, 2), dtype="<i2")
    stereo[: len(left) // 2, 0] = to_samples(left)
    stereo[: len(right) // 2, 1] = to_samples(right)
    return stereo.tobytes()


def level_db(pcm: bytes) -> float:
    """Loudness (RMS) in dB below full scale; -96 for silence or nothing."""
    loudness = audioop.rms(pcm, _WIDTH)
    return 20.0 * math.log10(loudness / 32768.0) if loudness else -96.0


def silence(ms: int, rate: int = RATE) -> bytes:
    """Digital silence."""
    return bytes(rate * ms // 1000 * 2)


def tone(hz: float, ms: int, amplitude: float = 0.2, rate: int = RATE) -> bytes:
    """A sine; `amplitude` is a part of full scale."""
    count = rate * ms // 1000
    return from_floats(np.sin(2 * np.pi * hz / rate * np.arange(count)) * amplitude * 32767)


def frames(pcm: bytes) -> Iterator[bytes]:
    """The sound in 20 ms frames of 320 bytes, the last padded with silence."""
    for start in range(0, len(pcm), FRAME_BYTES):
        yield pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


def duration_ms(pcm: bytes, rate: int = RATE) -> int:
    """Length of mono PCM16 in milliseconds."""
    return len(pcm) // 2 * 1000 // rate


# ------------------------------------------------------------ resampling


def resample(pcm: bytes, source: int, target: int) -> bytes:
    """A whole mono phrase at another rate; not for live frames (soxr holds sound back)."""
    if source == target or not pcm:
        return pcm
    return from_floats(soxr.resample(to_samples(pcm).astype(np.float32), source, target))


@functools.cache
def _polyphase(up: int, down: int) -> Floats:
    """Kaiser-windowed sinc in `up` phases, taps reversed so that a window of input times a row is one output."""
    half = _ZERO_CROSSINGS * max(up, down)
    position = np.arange(-half, half + 1)
    # 0.92 of the slower Nyquist: the transition band ends soon after it instead of starting there
    cutoff = 0.92 / max(up, down)
    prototype = np.sinc(position * cutoff) * cutoff * np.kaiser(2 * half + 1, 6.0) * up
    taps = -(-len(prototype) // up)
    padded = np.zeros(taps * up)
    padded[: len(prototype)] = prototype
    return np.ascontiguousarray(padded.reshape(taps, up).T[:, ::-1], dtype=np.float32)


class StreamResampler:
    """Live frames at another rate: a FIR with state, every frame answered at once, 1.25 ms behind."""

    def __init__(self, source: int, target: int) -> None:
        divisor = math.gcd(source, target)
        self._up, self._down = target // divisor, source // divisor
        self._bank = _polyphase(self._up, self._down)
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self._history = np.zeros(self._bank.shape[1] - 1, dtype=np.float32)
        self._next_tick = 0

    def push(self, pcm: bytes) -> bytes:
        """The next piece of mono PCM16, any number of whole samples."""
        fresh = to_samples(pcm).astype(np.float32)
        buffer = np.concatenate((self._history, fresh))
        span = len(fresh) * self._up
        ticks = np.arange(self._next_tick, span, self._down)
        index, phase = np.divmod(ticks, self._up)
        windows = np.lib.stride_tricks.sliding_window_view(buffer, self._bank.shape[1])
        out = np.einsum("ij,ij->i", windows[index], self._bank[phase]) if len(ticks) else np.zeros(0)
        self._next_tick += len(ticks) * self._down - span
        self._history = buffer[len(fresh) :]
        return from_floats(out)


# ------------------------------------------------------------------- WAV


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Decoded WAV: one PCM16 a channel at `rate`."""

    rate: int
    channels: tuple[bytes, ...]


def parse_wav(data: bytes, name: str = "sound") -> Sound:
    """WAV bytes (A-law or 16-bit PCM, any rate, any number of channels); raises SoundFileError."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise SoundFileError(f"{name}: это не WAV-файл")
    layout: tuple[int, int, int, int] | None = None
    for kind, body in _chunks(data):
        if kind == b"fmt ":
            layout = _format(body, name)
        elif kind == b"data":
            if layout is None:
                raise SoundFileError(f"{name}: нет описания формата перед данными")
            return _sound(body, *layout, name)
    raise SoundFileError(f"{name}: нет звуковых данных")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + (size & 1)


def _format(body: bytes, name: str) -> tuple[int, int, int, int]:
    if len(body) < 16:
        raise SoundFileError(f"{name}: описание формата обрезано")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 26:
        code = struct.unpack_from("<H", body, 24)[0]
    return code, channels, rate, bits


def _sound(body: bytes, code: int, channels: int, rate: int, bits: int, name: str) -> Sound:
    if (code, bits) == (_ALAW, 8):
        body = alaw_decode(body)
    elif (code, bits) != (_PCM, 16):
        raise SoundFileError(f"{name}: нужен A-law или 16-битный PCM, а в файле формат {code}, {bits} бит")
    if not channels or not rate:
        raise SoundFileError(f"{name}: в заголовке ноль каналов или нулевая частота")
    whole = len(body) // (2 * channels) * 2 * channels
    samples = to_samples(body[:whole]).reshape(-1, channels)
    return Sound(rate=rate, channels=tuple(samples[:, at].tobytes() for at in range(channels)))


def read_channels(path: Path) -> tuple[bytes, ...]:
    """Each channel of a WAV file as PCM16 at 8 kHz."""
    sound = parse_wav(path.read_bytes(), path.name)
    return tuple(resample(channel, sound.rate, RATE) for channel in sound.channels)


def read_wav(path: Path) -> bytes:
    """A WAV file as mono PCM16 at 8 kHz; channels are averaged."""
    channels = read_channels(path)
    if len(channels) == 1:
        return channels[0]
    return from_floats(np.mean([to_samples(channel) for channel in channels], axis=0))


def wav_header(data_bytes: int, *, rate: int = RATE, channels: int = 1, alaw: bool = False) -> bytes:
    """The 44 bytes before `data_bytes` of sound; a recorder rewrites them when it ends."""
    code, width = (_ALAW, 1) if alaw else (_PCM, 2)
    layout = struct.pack("<HHIIHH", code, channels, rate, rate * channels * width, channels * width, width * 8)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16)
        + layout
        + struct.pack("<4sI", b"data", data_bytes)
    )


def write_wav(path: Path, pcm: bytes, *, rate: int = RATE, channels: int = 1, alaw: bool = False) -> None:
    """Write PCM16 (interleaved if stereo) as a WAV file, packed as A-law on request."""
    body = alaw_encode(pcm) if alaw else pcm
    header = wav_header(len(body), rate=rate, channels=channels, alaw=alaw)
    path.write_bytes(header + body + b"\0" * (len(body) & 1))
