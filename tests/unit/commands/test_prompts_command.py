"""`registratura prompts` and the checking of recordings, at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.composition.recordings import recording_problems
from dialogs.script import load_script
from dialogs.script.load import SHIPPED
from speech import pcm
from tests.unit.dialogs.small_script import small


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGISTRATURA__DATA", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var" / "prompts"


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def wav(path: Path, ms: int = 800, amplitude: float = 0.3) -> str:
    pcm.write_wav(path, pcm.tone(300, ms, amplitude))
    return str(path)


def test_a_recording_is_added_once_and_listed(data: Path, tmp_path: Path) -> None:
    assert "Записей нет" in run("prompts", "list").output
    added = run("prompts", "add", wav(tmp_path / "one.wav"), "--name", "greeting")
    assert added.exit_code == 0
    assert "@greeting(" in added.output
    assert (data / "greeting.wav").is_file()
    again = run("prompts", "add", wav(tmp_path / "two.wav", 300), "--name", "greeting")
    assert again.exit_code != 0
    assert "--replace" in again.output
    assert run("prompts", "add", str(tmp_path / "two.wav"), "--name", "greeting", "--replace").exit_code == 0
    listed = run("prompts", "list").output
    assert "greeting: 0.3 с" in listed
    assert "в сценариях не звучит" in listed


@pytest.mark.parametrize(
    ("ms", "amplitude", "name", "told"),
    [(800, 0.002, "quiet", "тихая"), (21000, 0.3, "long", "длинная"), (800, 0.3, "два слова", "только буквы")],
)
def test_what_cannot_be_used_is_not_added(
    data: Path, tmp_path: Path, ms: int, amplitude: float, name: str, told: str
) -> None:
    refused = run("prompts", "add", wav(tmp_path / "odd.wav", ms, amplitude), "--name", name)
    assert refused.exit_code != 0
    assert told in refused.output
    assert not data.exists()


def test_the_check_names_the_recording_and_its_place(tmp_path: Path) -> None:
    script = small(**{"steps/bye/say": "@bye(До свидания.) {{ clinic }}"})
    (missing,) = recording_problems(script, tmp_path)
    assert missing.place == "steps.bye"
    assert "запись «bye»: нет файла" in missing.message
    wav(tmp_path / "bye.wav")
    assert recording_problems(script, tmp_path) == []


def test_script_check_looks_at_the_recordings_of_the_data_folder(data: Path, tmp_path: Path) -> None:
    shipped = (SHIPPED / "reminder.yml").read_text(encoding="utf-8")
    includes = next(line for line in shipped.splitlines() if line.startswith("include:"))
    include = includes.replace("shared/", f"{SHIPPED}/shared/")
    text = shipped.replace("Извините за беспокойство, мы перезвоним.", "@sorry(Извините за беспокойство.)", 1)
    lines = [include if line.startswith("include:") else line for line in text.splitlines()]
    lines = [
        line.replace("say: @sorry", "say: '@sorry").replace("До свидания!", "До свидания!'", 1)
        if "@sorry" in line
        else line
        for line in lines
    ]
    file = tmp_path / "reminder.yml"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert load_script(file).steps["nothing_to_say"].say[0].startswith("@sorry(")
    checked = run("script", "check", str(file))
    assert checked.exit_code == 1
    assert "steps.nothing_to_say: запись «sorry»: нет файла" in checked.output
    data.mkdir(parents=True)
    wav(data / "sorry.wav")
    assert run("script", "check", str(file)).exit_code == 0
