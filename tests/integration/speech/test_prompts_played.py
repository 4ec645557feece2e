"""`prompts play`: the preview is what the caller hears."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from speech import pcm
from speech.loudness import speech_level_db

pytestmark = pytest.mark.speech


def test_what_is_played_is_what_the_caller_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRATURA__DATA", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    pcm.write_wav(tmp_path / "own.wav", pcm.tone(300, 700, 0.02, 48000), rate=48000)
    runner = CliRunner()
    assert runner.invoke(cli, ["prompts", "add", "own.wav", "--name", "hello"]).exit_code == 0
    for prompt, output in (("hello", "alone.wav"), ("@hello(Здравствуйте.) Чем помочь?", "both.wav")):
        played = runner.invoke(cli, ["prompts", "play", prompt, "-o", output])
        assert played.exit_code == 0, played.output
    alone, both = pcm.read_wav(tmp_path / "alone.wav"), pcm.read_wav(tmp_path / "both.wav")
    assert pcm.duration_ms(alone) == pytest.approx(700, abs=20)
    assert pcm.duration_ms(both) > 1200
    assert -26 < speech_level_db(alone) < -14, "as loud as the voice, though recorded softly"
    said = both[len(alone) :]
    assert speech_level_db(said) == pytest.approx(speech_level_db(alone), abs=3)


def test_a_prompt_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["prompts", "play", "Вы {{ записаны", "-o", str(tmp_path / "o.wav")])
    assert told.exit_code != 0
    assert "не читается" in told.output
