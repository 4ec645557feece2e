"""The twins in memory behave as the ports promise; measuring and cutting of sound."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from speech import pcm
from speech.bench import (
    bench_asr,
    bench_recognizer,
    clinic_samples,
    human_prompts,
    percentiles,
    word_error_rate,
    word_errors,
)
from speech.files import pieces, recognise_file, speak_file
from speech.port import AsrContext, AsrResult, SpeechGate, Synthesizer, Voice, VoiceActivityDetector, VoiceUnavailable
from speech.scripted import LoudnessGate, ScriptedDetector, ScriptedRecognizer, ScriptedSynthesizer

CONTEXT = AsrContext(call_id="c1")


async def test_lines_are_said_one_an_utterance() -> None:
    recognizer = ScriptedRecognizer(["да", AsrResult(text="", confidence=0, failure="late")])
    results = []
    for _ in range(3):
        stream = recognizer.open(CONTEXT)
        results.append(await stream.finalise())
        stream.close()
        stream.close()
    assert [result.text for result in results] == ["да", "", ""]
    assert [result.failure for result in results] == [None, "late", None]
    assert results[2].no_speech == 1.0
    assert recognizer.open_streams == 0


async def test_an_utterance_that_was_not_finalised_keeps_its_line() -> None:
    recognizer = ScriptedRecognizer(["да"])
    recognizer.open(CONTEXT).close()
    assert (await recognizer.open(CONTEXT).finalise()).text == "да"


async def test_partials_follow_the_frames() -> None:
    stream = ScriptedRecognizer(["хочу к врачу"], partials=True, frames_a_word=2).open(CONTEXT)
    seen = []
    for _ in range(6):
        stream.push(pcm.silence(20))
        seen.append(stream.partial())
    assert seen == [None, "хочу", "хочу", "хочу к", "хочу к", "хочу к врачу"]


async def test_a_speculation_is_a_decode_and_a_void_one_another() -> None:
    recognizer = ScriptedRecognizer(["да"])
    stream = recognizer.open(CONTEXT)
    stream.speculate()
    await asyncio.sleep(0.01)
    assert stream.partial() == "да"
    stream.discard()
    assert stream.partial() is None
    await stream.finalise()
    assert recognizer.decodes == 2


async def test_the_voice_lasts_as_the_text_and_can_be_ill() -> None:
    voice: Synthesizer = ScriptedSynthesizer()
    sound = b"".join([piece async for piece in voice.stream("десять бук", Voice())])
    assert pcm.duration_ms(sound) == 600
    assert pcm.level_db(sound) > -30
    assert isinstance(voice, ScriptedSynthesizer)
    voice.ill = True
    with pytest.raises(VoiceUnavailable):
        await anext(voice.stream("раз", Voice()))


async def test_gate_and_detector() -> None:
    gate: SpeechGate = LoudnessGate()
    assert gate.is_speech(pcm.tone(400, 20))
    assert not gate.is_speech(pcm.silence(20))
    detector: VoiceActivityDetector = ScriptedDetector(0.2)
    assert await detector.speech_probability(pcm.silence(400)) == 0.2


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("а б в", "а б в", 0), ("а б в", "а в", 1), ("а б", "а б в", 1), ("а б", "б а", 2), ("", "а", 1), ("а б", "", 2)],
)
def test_word_errors(said: str, heard: str, errors: int) -> None:
    assert word_errors(said.split(), heard.split()) == errors


def test_word_error_rate_ignores_case_marks_and_yo() -> None:
    assert word_error_rate([("Всё верно!", "все верно"), ("Нет", "да")]) == pytest.approx(1 / 3)
    assert word_error_rate([]) == 0


async def test_the_bench_counts_errors_and_failures() -> None:
    samples = (await clinic_samples(ScriptedSynthesizer(), [Voice()]))[:3]
    lines: list[str | AsrResult] = [samples[0].text, "совсем другое", AsrResult(text="", confidence=0, failure="late")]
    figures = await bench_recognizer(ScriptedRecognizer(lines), samples)
    assert (figures["n"], figures["failures"], figures["engine"]) == (3, 1, "scripted")
    assert 0.5 < figures["wer"] < 1
    assert percentiles([1, 2, 3]) == {"p50": 2.0, "p95": 2.9}


async def test_the_asr_bench_does_without_human_prompts(tmp_path: Path) -> None:
    figures = await bench_asr(ScriptedRecognizer(), ScriptedSynthesizer(), tmp_path)
    assert figures["human"] is None
    assert figures["clinic_two_at_once"]["at_once"] == 2


def test_human_prompts_take_only_what_can_be_compared(tmp_path: Path) -> None:
    texts = tmp_path / "sounds.txt"
    texts.write_text("; comment\na: Этот номер занят.\nb: Нет.\nc: Нажмите (beep) для записи.\nd: Нет такого файла.\n")
    for name in "abc":
        pcm.write_wav(tmp_path / f"{name}.wav", pcm.tone(400, 500))
    assert [sample.text for sample in human_prompts(tmp_path, texts)] == ["Этот номер занят."]


def test_a_long_sound_is_cut_where_it_is_quiet() -> None:
    sound = pcm.tone(400, 24000) + pcm.silence(600) + pcm.tone(400, 10000)
    first, second = pieces(sound)
    assert 24.0 <= pcm.duration_ms(first) / 1000 <= 24.6
    assert first + second == sound
    assert pieces(pcm.silence(1000)) == [pcm.silence(1000)]


async def test_files_of_people(tmp_path: Path) -> None:
    spoken = await speak_file(ScriptedSynthesizer(), "Да. Нет.", tmp_path / "a.wav", Voice())
    assert spoken["ms"] == pcm.duration_ms(pcm.read_wav(tmp_path / "a.wav"))
    answer = await recognise_file(ScriptedRecognizer(["да нет"]), tmp_path / "a.wav")
    assert (answer["text"], answer["engine"]) == ("да нет", "scripted")
    assert "error" not in answer
    assert "WAV" in (await recognise_file(ScriptedRecognizer(), Path(__file__)))["error"]
