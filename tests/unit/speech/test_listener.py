"""The listener over scripted sound: what the call session hears, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from speech import pcm
from speech.endpointing import EndpointSettings
from speech.listener import Listener
from speech.listening import (
    BargeIn,
    ListenEvent,
    ListenRequest,
    ListenSettings,
    NoInput,
    SpeechConfirmed,
    SpeechRejected,
    SpeechStarted,
    Utterance,
    WordsSoFar,
)
from speech.port import AsrResult, Expected
from speech.scripted import LoudnessGate, ScriptedDetector, ScriptedRecognizer, heard

VOICE, QUIET = 400.0, 0.0
SETTINGS = ListenSettings(endpoint=EndpointSettings(gate_lag_ms=0))


def sound(*stretches: tuple[float, int]) -> bytes:
    """Stretches of (tone in Hz or silence, milliseconds)."""
    return b"".join(pcm.tone(hz, ms) if hz else pcm.silence(ms) for hz, ms in stretches)


class Call:
    """A caller whose frames come one a loop turn, and everything the listener says of them."""

    def __init__(self, recognizer: ScriptedRecognizer, *, probability: float = 1.0) -> None:
        self.recognizer = recognizer
        self.detector = ScriptedDetector(probability)
        self.listener = Listener(recognizer, self.detector, SETTINGS, gate=LoudnessGate())
        self.prompt_ms = 0
        self.fed_ms = 0

    async def hears(
        self, *stretches: tuple[float, int], expected: Expected = Expected.FREE, barge_in: BargeIn = BargeIn.ALLOWED
    ) -> list[ListenEvent]:
        self.fed_ms = 0
        request = ListenRequest(
            call_id="c1",
            expected=expected,
            no_input_ms=3000,
            barge_in=barge_in,
            prompt_playing=lambda: self.fed_ms < self.prompt_ms,
        )
        return [event async for event in self.listener.listen(self._frames(sound(*stretches)), request)]

    async def _frames(self, whole: bytes) -> AsyncIterator[bytes]:
        for frame in pcm.frames(whole):
            yield frame
            self.fed_ms += 20
            # tasks of the listener (detector, decode) get their turns, as between real frames
            for _ in range(4):
                await asyncio.sleep(0)


def kinds(events: list[ListenEvent]) -> list[type[ListenEvent]]:
    """What happened, the arriving words aside."""
    return [type(event) for event in events if not isinstance(event, WordsSoFar)]


def utterance(events: list[ListenEvent]) -> Utterance:
    assert isinstance(events[-1], Utterance)
    return events[-1]


async def test_an_answer_comes_with_its_timings() -> None:
    call = Call(ScriptedRecognizer(["хочу записаться"]))
    events = await call.hears((QUIET, 500), (VOICE, 800), (QUIET, 1500))
    said = utterance(events)
    assert said.text == "хочу записаться"
    assert (said.timings.speech_start_ms, said.timings.speech_end_ms, said.timings.endpoint_ms) == (500, 1320, 2020)
    assert call.recognizer.decodes == 1
    assert call.recognizer.open_streams == 0


async def test_a_bare_yes_is_not_waited_for() -> None:
    call = Call(ScriptedRecognizer(["да"]))
    events = await call.hears((QUIET, 300), (VOICE, 240), (QUIET, 1500), expected=Expected.YES_NO)
    timings = utterance(events).timings
    assert timings.endpoint_ms - timings.speech_end_ms == 400


async def test_the_recogniser_gets_the_sound_from_before_the_onset() -> None:
    call = Call(ScriptedRecognizer(["да"]))
    phase = call.listener.open(ListenRequest(call_id="c1"))
    for frame in pcm.frames(sound((QUIET, 1000), (VOICE, 20))):
        phase.push(frame)
    stream = phase._stream
    assert stream is not None
    assert stream.frames == 15  # type: ignore[attr-defined]
    await phase.close()


async def test_the_prompt_ducks_at_once_and_stops_when_the_detector_agrees() -> None:
    call = Call(ScriptedRecognizer(["подождите"]))
    call.prompt_ms = 5000
    started, confirmed, *_, said = await call.hears((QUIET, 400), (VOICE, 900), (QUIET, 1500))
    assert isinstance(started, SpeechStarted)
    assert started.delay_ms <= 60
    assert isinstance(confirmed, SpeechConfirmed)
    assert confirmed.at_ms - started.at_ms <= 440
    assert isinstance(said, Utterance)


async def test_a_short_word_stops_the_prompt_when_it_turns_out_to_be_one() -> None:
    call = Call(ScriptedRecognizer(["нет"]))
    call.prompt_ms = 5000
    events = await call.hears((QUIET, 400), (VOICE, 240), (QUIET, 1500), expected=Expected.YES_NO)
    assert kinds(events) == [SpeechStarted, SpeechConfirmed, Utterance]


async def test_noise_over_a_prompt_only_ducks_it() -> None:
    call = Call(ScriptedRecognizer(["выдумка"]), probability=0.3)
    call.prompt_ms = 6000
    events = await call.hears((QUIET, 400), (VOICE, 3000), (QUIET, 6500))
    assert SpeechConfirmed not in kinds(events)
    assert kinds(events)[:2] == [SpeechStarted, SpeechRejected]
    assert isinstance(events[-1], NoInput)
    assert call.recognizer.decodes == 0
    assert call.recognizer.open_streams == 0


async def test_what_the_recogniser_calls_noise_does_not_end_the_listening() -> None:
    call = Call(ScriptedRecognizer([heard(""), "да"]))
    events = await call.hears((VOICE, 300), (QUIET, 1200), (VOICE, 300), (QUIET, 1200))
    assert kinds(events) == [SpeechStarted, SpeechRejected, SpeechStarted, SpeechConfirmed, Utterance]
    assert utterance(events).text == "да"


async def test_speech_that_was_not_understood_is_an_utterance_without_text() -> None:
    garbled = AsrResult(text="", confidence=0.0, no_speech=0.1)
    events = await Call(ScriptedRecognizer([garbled])).hears((VOICE, 600), (QUIET, 1200))
    assert utterance(events).text == ""


async def test_a_late_recogniser_is_an_utterance_with_a_failure() -> None:
    late = AsrResult(text="", confidence=0.0, failure="late")
    events = await Call(ScriptedRecognizer([late])).hears((VOICE, 600), (QUIET, 1200))
    assert utterance(events).result.failure == "late"


async def test_a_prompt_that_must_be_heard_is_not_touched() -> None:
    call = Call(ScriptedRecognizer(["алло"]))
    call.prompt_ms = 2000
    events = await call.hears((VOICE, 1500), (QUIET, 6000), barge_in=BargeIn.MUST_BE_HEARD)
    assert kinds(events) == [NoInput]


async def test_speech_across_the_end_of_such_a_prompt_is_heard() -> None:
    call = Call(ScriptedRecognizer(["алло"]))
    call.prompt_ms = 1000
    events = await call.hears((QUIET, 800), (VOICE, 1000), (QUIET, 1500), barge_in=BargeIn.MUST_BE_HEARD)
    assert utterance(events).timings.speech_start_ms >= 940


async def test_duck_only_hears_but_never_stops() -> None:
    call = Call(ScriptedRecognizer(["да да"]))
    call.prompt_ms = 9000
    events = await call.hears((VOICE, 900), (QUIET, 1500), barge_in=BargeIn.DUCK_ONLY)
    assert kinds(events) == [SpeechStarted, Utterance]


async def test_no_input_waits_for_the_prompt_to_end() -> None:
    call = Call(ScriptedRecognizer())
    call.prompt_ms = 2000
    events = await call.hears((QUIET, 6000))
    assert events == [NoInput(at_ms=5000)]


async def test_the_early_decode_is_used_and_a_void_one_is_not() -> None:
    call = Call(ScriptedRecognizer(["раз два"]))
    await call.hears((VOICE, 500), (QUIET, 400), (VOICE, 500), (QUIET, 1200))
    assert call.recognizer.decodes == 2


async def test_words_of_a_streaming_recogniser_arrive_and_stop_the_prompt_before_the_detector() -> None:
    call = Call(ScriptedRecognizer(["хочу к врачу"], partials=True, frames_a_word=16), probability=0.0)
    call.prompt_ms = 5000
    events = await call.hears((QUIET, 500), (VOICE, 380), (QUIET, 1500))
    assert events[1] == WordsSoFar(text="хочу")
    assert kinds(events) == [SpeechStarted, SpeechConfirmed, Utterance]
    assert utterance(events).text == "хочу к врачу"


async def test_words_of_a_pause_are_told_as_such_and_once() -> None:
    call = Call(ScriptedRecognizer(["раз два"]))
    events = await call.hears((QUIET, 500), (VOICE, 500), (QUIET, 400), (VOICE, 500), (QUIET, 1200))
    assert [event for event in events if isinstance(event, WordsSoFar)] == [WordsSoFar(text="раз два", paused=True)]


async def test_partials_of_who_speaks_are_no_words_of_a_pause() -> None:
    call = Call(ScriptedRecognizer(["хочу к врачу"], partials=True, frames_a_word=16))
    events = await call.hears((QUIET, 500), (VOICE, 900), (QUIET, 1500))
    words = [event for event in events if isinstance(event, WordsSoFar)]
    assert words[0] == WordsSoFar(text="хочу")
    assert words[-1] == WordsSoFar(text="хочу к врачу", paused=True)


async def test_a_caller_who_goes_on_before_the_late_text_is_not_cut() -> None:
    gate = asyncio.Event()
    recognizer = ScriptedRecognizer(["всё вместе"], decode_s=lambda: 0.0 if gate.is_set() else 3600.0)
    call = Call(recognizer)

    async def release() -> None:
        while call.fed_ms < 1600:
            await asyncio.sleep(0)
        gate.set()

    releasing = asyncio.create_task(release())
    events = await call.hears((VOICE, 500), (QUIET, 900), (VOICE, 500), (QUIET, 1200))
    await releasing
    assert kinds(events) == [SpeechStarted, SpeechConfirmed, Utterance]
    assert utterance(events).timings.speech_end_ms == 1920


async def test_hanging_up_in_mid_word_leaves_nothing_open() -> None:
    call = Call(ScriptedRecognizer(["недосказанное"]))
    events = await call.hears((VOICE, 300))
    assert kinds(events) == [SpeechStarted]
    assert call.recognizer.open_streams == 0
