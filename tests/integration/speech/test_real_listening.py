"""Listening with the real gate, detector and recogniser: callers in real time, noise faster than time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import numpy.typing as npt
import pytest
from conftest import speech_of

from speech import pcm
from speech.gate import WebrtcGate
from speech.listener import Listener
from speech.listening import ListenEvent, ListenRequest, NoInput, SpeechConfirmed, SpeechStarted, Utterance
from speech.port import Expected, Recognizer
from speech.rhvoice import RhvoiceSynthesizer
from speech.scripted import ScriptedRecognizer
from speech.silero import SileroDetector
from speech.whisper import WhisperRecognizer

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="module")]

MINUTE = 60 * 8000
RANDOM = np.random.default_rng(7)


def noise(level: float, samples: int) -> npt.NDArray[np.float64]:
    return RANDOM.normal(0, level, samples)


def pink(level: float, samples: int) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(RANDOM.normal(0, 1, samples))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    shaped = np.fft.irfft(spectrum, samples)
    return np.asarray(shaped / shaped.std() * level)


LINES: dict[str, Callable[[], npt.NDArray[np.float64]]] = {
    "quiet line": lambda: noise(25, MINUTE),
    "hiss": lambda: noise(330, MINUTE),
    "pink": lambda: pink(330, MINUTE),
    "hum": lambda: 300 * np.sin(2 * np.pi * 50 / 8000 * np.arange(MINUTE)) + noise(60, MINUTE),
    "crackle": lambda: noise(60, MINUTE) + (RANDOM.random(MINUTE) < 0.0005) * noise(8000, MINUTE),
    "dial tone": lambda: 2000 * np.sin(2 * np.pi * 425 / 8000 * np.arange(MINUTE)),
}


def with_line_noise(*parts: bytes) -> bytes:
    sound = b"".join(parts)
    return pcm.mix(sound, pcm.from_floats(noise(20, len(sound) // 2)))


async def events_of(
    listener: Listener, sound: bytes, request: ListenRequest, *, frame_s: float
) -> tuple[list[ListenEvent], list[float]]:
    """Events and the moments they came (seconds from the first frame)."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def frames() -> AsyncIterator[bytes]:
        for number, frame in enumerate(pcm.frames(sound)):
            await asyncio.sleep(began + number * frame_s - loop.time())
            yield frame

    events, moments = [], []
    async for event in listener.listen(frames(), request):
        events.append(event)
        moments.append(loop.time() - began)
    return events, moments


async def answer(recognizer: Recognizer, detector: SileroDetector, sound: bytes, expected: Expected) -> Utterance:
    request = ListenRequest(call_id="c1", expected=expected, deadline_ms=20_000)
    whole = with_line_noise(pcm.silence(300), sound, pcm.silence(8000))
    events, _ = await events_of(Listener(recognizer, detector), whole, request, frame_s=0.02)
    assert isinstance(events[-1], Utterance)
    return events[-1]


@pytest.mark.parametrize("expected", [Expected.FREE, Expected.YES_NO])
@pytest.mark.parametrize("line", LINES)
async def test_a_minute_of_line_noise_stops_no_prompt(silero: SileroDetector, line: str, expected: Expected) -> None:
    listener = Listener(ScriptedRecognizer(["выдумка"] * 99), silero)
    request = ListenRequest(call_id="c1", expected=expected, prompt_playing=lambda: True)
    events, _ = await events_of(listener, pcm.from_floats(LINES[line]()), request, frame_s=0.0005)
    assert [event for event in events if isinstance(event, SpeechConfirmed | Utterance)] == []
    assert sum(isinstance(event, SpeechStarted) for event in events) <= 5


async def test_the_onset_is_seen_within_a_quarter_of_a_second(rhvoice: RhvoiceSynthesizer) -> None:
    phrases = ("Подождите.", "Нет.", "Да.", "Алло, девушка.", "Стоп.", "Оператор.", "Хватит.", "Не надо.", "Запишите.")
    delays = []
    for name in ("Irina", "Aleksandr", "Anna"):
        for phrase in phrases:
            sound = await speech_of(rhvoice, phrase, name)
            onset = next(at for at, frame in enumerate(pcm.frames(sound)) if pcm.level_db(frame) > -40)
            gate, whole = WebrtcGate(), with_line_noise(pcm.silence(1000), sound)
            seen = next(at for at, frame in enumerate(pcm.frames(whole)) if gate.is_speech(frame))
            delays.append((seen + 1 - 50 - onset) * 20)
    assert float(np.percentile(delays, 95)) <= 250
    assert float(np.median(delays)) <= 120


async def test_the_gate_hears_speech_over_a_noisy_line(rhvoice: RhvoiceSynthesizer) -> None:
    sound = await speech_of(rhvoice, "Здравствуйте, я хочу записаться к терапевту.")
    loud = 32768 * 10 ** (pcm.level_db(sound) / 20)
    gate = WebrtcGate()
    padded = pcm.silence(2000) + sound + pcm.silence(1000)
    noisy = pcm.mix(padded, pcm.from_floats(noise(loud / 10, len(padded) // 2)))
    seen = [gate.is_speech(frame) for frame in pcm.frames(noisy)]
    during = seen[100 : 100 + len(sound) // 320]
    assert sum(during) > 0.55 * len(during)
    assert sum(seen[:100]) + sum(seen[-30:]) <= 5


async def test_the_detector_knows_speech_from_noise(silero: SileroDetector, rhvoice: RhvoiceSynthesizer) -> None:
    assert await silero.speech_probability((await speech_of(rhvoice, "Подождите, пожалуйста."))[:9600]) > 0.8
    for line in LINES.values():
        assert await silero.speech_probability(pcm.from_floats(line()[:9600])) < 0.5


@pytest.mark.parametrize(
    ("phrase", "expected", "word", "silence"),
    [
        ("Да.", Expected.YES_NO, "да", 400),
        ("Хочу записаться к кардиологу на завтра.", Expected.FREE, "кардиолог", 700),
        ("В пятницу после обеда.", Expected.DATE, "пятниц", 800),
    ],
)
async def test_a_caller_is_understood_at_the_end_of_the_state_s_silence(
    whisper: WhisperRecognizer,
    silero: SileroDetector,
    rhvoice: RhvoiceSynthesizer,
    phrase: str,
    expected: Expected,
    word: str,
    silence: int,
) -> None:
    said = await answer(whisper, silero, await speech_of(rhvoice, phrase), expected)
    assert word in said.text.lower()
    assert said.timings.endpoint_ms - said.timings.speech_end_ms == silence
    assert said.timings.decode_ms > 0


async def test_grouped_digits_stay_one_utterance(
    whisper: WhisperRecognizer, silero: SileroDetector, rhvoice: RhvoiceSynthesizer
) -> None:
    groups = [
        await speech_of(rhvoice, text) for text in ("Восемь девятьсот шестнадцать", "сто двадцать три", "сорок пять")
    ]
    said = await answer(whisper, silero, pcm.silence(700).join(groups), Expected.DIGITS)
    digits = "".join(filter(str.isdigit, said.text))
    assert digits.startswith("8916")
    assert digits.endswith("45")


async def test_silence_is_no_input(whisper: WhisperRecognizer, silero: SileroDetector) -> None:
    request = ListenRequest(call_id="c1", no_input_ms=3000)
    sound = with_line_noise(pcm.silence(4000))
    events, _ = await events_of(Listener(whisper, silero), sound, request, frame_s=0.0005)
    assert events == [NoInput(at_ms=3000)]


async def test_the_loop_is_free_while_a_caller_is_heard(
    whisper: WhisperRecognizer, silero: SileroDetector, rhvoice: RhvoiceSynthesizer
) -> None:
    """The cost inline, on the loop: well under a millisecond a frame, decode and detector elsewhere."""
    sound = with_line_noise(await speech_of(rhvoice, "Здравствуйте, я хочу записаться к терапевту."), pcm.silence(600))
    phase = Listener(whisper, silero).open(ListenRequest(call_id="c1"))
    loop, costs = asyncio.get_running_loop(), []
    for frame in pcm.frames(sound):
        before = loop.time()
        phase.push(frame)
        costs.append(loop.time() - before)
        await asyncio.sleep(0.001)
    await phase.close()
    assert float(np.median(costs)) < 0.0005
