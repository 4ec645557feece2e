"""What people get wrong is told in one Russian message that names the place; the exit code says that it failed."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main

CLINIC = Path(__file__).parents[2] / "dialogues" / "clinic.json"
ALONE = frozenset({"chat", "nlu"})
SHIPPED = Path(__file__).parents[3] / "dialogs" / "scripts"
RASA_TOKEN = "token-of-a-test-1234"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Everything said, on one line: terminals wrap."""
        return " ".join((self.out + self.err).split())


def run(folder: Path, *arguments: str, stdin: str = "", **environment: str) -> Ran:
    """The command in this process; one that reads its standard input or stays up, in another one."""
    if stdin or arguments[0] in ALONE:
        return run_alone(folder, *arguments, stdin=stdin, **environment)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("REGISTRATURA")]:
            patch.delenv(name)
        for name, value in {"REGISTRATURA__DATA": str(folder / "data"), **environment}.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["registratura", *arguments])
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main()
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
    return Ran(code=int(ended.value.code or 0), out=out.getvalue(), err=err.getvalue())


def run_alone(folder: Path, *arguments: str, stdin: str, **environment: str) -> Ran:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRATURA")}
    clean |= {"REGISTRATURA__DATA": str(folder / "data"), "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        env={**clean, **environment},
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


def settings(folder: Path, text: str) -> str:
    file = folder / "registratura.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


class TestSettings:
    def test_every_faulty_place_is_named(self, tmp_path: Path) -> None:
        file = settings(
            tmp_path, '[page]\nport = "восемь"\n[speech]\nwokers = 2\n[clinic]\ntimezone = "Europe/Atlantis"\n'
        )
        ran = run(tmp_path, "serve", "--config", file)
        assert ran.code == 1
        for part in (
            file,
            "page.port: нужно целое число",
            "speech.wokers: такой настройки нет",
            "clinic.timezone: нет такого часового пояса",
        ):
            assert part in ran.words
        assert not (tmp_path / "data").exists(), "nothing was begun"

    def test_a_file_that_is_no_toml_tells_the_line(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "calls", "--config", settings(tmp_path, "[page\nport = 1\n"))
        assert ran.code == 1
        assert "не читается как TOML" in ran.words
        assert "line 1" in ran.words

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "doctor", "--config", "nowhere.toml")
        assert ran.code == 1
        assert "nowhere.toml не найден" in ran.words

    def test_a_password_is_never_shown(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "calls", REGISTRATURA__ASTERISK__ARI_PASSWORD='["tops3cret"]')
        assert "tops3cret" not in ran.words

    def test_a_misspelt_variable_is_a_fault(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "calls", REGISTRATURA__PAGE__PRT="8081")
        assert ran.code == 1
        assert "page.prt" in ran.words.lower()


class TestDatabase:
    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("mysql://clinic", "не поддерживается"),
            ("clinic.sqlite", "не адрес базы"),
            ("postgresql+asyncpg://bot:tops3cret@127.0.0.1:1/clinic", "127.0.0.1:1/clinic не открывается"),
            ("sqlite+aiosqlite:////proc/nowhere/clinic.sqlite", "в файл /proc/nowhere/clinic.sqlite нельзя писать"),
        ],
    )
    def test_an_address_that_does_not_open(self, tmp_path: Path, url: str, says: str) -> None:
        ran = run(tmp_path, "calls", REGISTRATURA__DATABASE__URL=url)
        assert ran.code == 1
        assert "database.url: " in ran.words
        assert says in ran.words
        assert "tops3cret" not in ran.words

    @pytest.mark.parametrize(
        "command", [["queue"], ["db", "upgrade"], ["db", "current"], ["clinic", "load", str(CLINIC)]]
    )
    def test_every_command_that_needs_it_says_so(self, tmp_path: Path, command: list[str]) -> None:
        ran = run(tmp_path, *command, REGISTRATURA__DATABASE__URL="clinic.sqlite")
        assert ran.code == 1
        assert "database.url: это не адрес базы" in ran.words

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "registratura.sqlite").write_text("this is a letter, not a database " * 50)
        ran = run(tmp_path, "calls")
        assert ran.code == 1
        assert "registratura.sqlite не открывается" in ran.words

    def test_a_data_folder_that_cannot_be(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("a file where the folder should be")
        ran = run(tmp_path, "calls")
        assert ran.code == 1
        assert f"data: папку {tmp_path / 'data'} нельзя создать" in ran.words

    def test_no_such_revision(self, tmp_path: Path) -> None:
        run(tmp_path, "db", "upgrade")
        ran = run(tmp_path, "db", "downgrade", "9999")
        assert ran.code != 0
        assert "нет такой схемы: 9999" in ran.words


class TestClinicFile:
    def test_a_doctor_twice_is_named_and_nothing_is_loaded(self, tmp_path: Path) -> None:
        clinic = json.loads(CLINIC.read_text(encoding="utf-8"))
        clinic["doctors"].append(clinic["doctors"][3])
        file = tmp_path / "clinic.json"
        file.write_text(json.dumps(clinic, ensure_ascii=False), encoding="utf-8")
        ran = run(tmp_path, "clinic", "load", str(file))
        assert ran.code == 1
        assert f"doctors[{len(clinic['doctors']) - 1}]" in ran.words
        assert clinic["doctors"][3]["doctor"] in ran.words
        good = run(tmp_path, "clinic", "load", str(CLINIC))
        assert good.code == 0
        assert "из них новых окон" in good.out
        assert " 0" not in good.out.split("из них новых окон")[1].splitlines()[0], "the faulty file left nothing"

    def test_a_file_that_is_no_json(self, tmp_path: Path) -> None:
        file = tmp_path / "clinic.json"
        file.write_text('{"doctors": [', encoding="utf-8")
        ran = run(tmp_path, "clinic", "load", str(file))
        assert ran.code == 1
        assert "clinic.json" in ran.words

    def test_a_rehearsal_with_a_faulty_clinic(self, tmp_path: Path) -> None:
        file = tmp_path / "clinic.json"
        file.write_text("{}", encoding="utf-8")
        ran = run(tmp_path, "chat", "--jsonl", "--clinic", str(file))
        assert ran.code == 1
        assert "clinic.json" in ran.words


class TestUser:
    def test_a_login_is_given_once_and_its_password_shown_once(self, tmp_path: Path) -> None:
        first = run(tmp_path, "user", "add", "director", "Иванова Анна", "--role", "director")
        assert (first.code, "Пароль" in first.out) == (0, True)
        again = run(tmp_path, "user", "add", "director", "Иванова Анна", "--role", "director")
        assert (again.code, again.err.strip()) == (1, "Ошибка: Такой логин уже занят: выберите другой")


class TestScript:
    def write(self, folder: Path, old: str, new: str) -> str:
        """The shipped scripts with one fault put in."""
        for file in (SHIPPED / "shared").glob("*.yml"):
            (folder / "shared").mkdir(exist_ok=True)
            (folder / "shared" / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        text = (SHIPPED / "inbound.yml").read_text(encoding="utf-8")
        assert old in text
        (folder / "faulty.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return str(folder / "faulty.yml")

    def line_of(self, file: str, words: str) -> int:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if words in line)

    def test_the_shipped_scripts_are_right(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "script", "check")
        assert ran.code == 0
        assert ran.out.count("в порядке") == 4

    def test_an_unknown_variable_is_named_with_its_place(self, tmp_path: Path) -> None:
        file = self.write(tmp_path, "say: Чем могу помочь?", "say: Чем могу помочь, {{ patient_nickname }}?")
        ran = run(tmp_path, "script", "check", file)
        assert ran.code == 1
        assert "patient_nickname" in ran.words
        assert "faulty.yml:" in ran.words

    def test_a_dead_end_is_named_with_its_place(self, tmp_path: Path) -> None:
        file = self.write(tmp_path, "  open.route:\n", "  lost:\n    say: Отсюда никуда.\n  open.route:\n")
        ran = run(tmp_path, "script", "check", file)
        assert ran.code == 1
        assert f"faulty.yml:{self.line_of(file, 'lost:')}" in ran.words
        assert "lost" in ran.words

    def test_a_step_that_is_not_there(self, tmp_path: Path) -> None:
        file = self.write(tmp_path, "    next: open.route\n", "    next: open.rout\n")
        ran = run(tmp_path, "script", "check", file)
        assert ran.code == 1
        assert "open.rout" in ran.words

    def test_a_script_that_is_not_there(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "script", "check", str(tmp_path / "nowhere.yml"))
        assert ran.code == 1
        assert "nowhere.yml" in ran.words


class TestTalk:
    def test_rasa_asked_for_where_nobody_answers(self, tmp_path: Path) -> None:
        ran = run(
            tmp_path, "nlu", "parse", "--jsonl", "--engine", "rasa",
            stdin='{"id":1,"text":"да","state":"open"}', REGISTRATURA__NLU__RASA_URL="http://127.0.0.1:9",
            REGISTRATURA__NLU__RASA_TOKEN=RASA_TOKEN, REGISTRATURA_CACHE=str(tmp_path),
        )  # fmt: skip
        assert ran.code == 1
        assert ran.out == "", "the embedded engine does not answer in its name"
        assert "Rasa не отвечает" in ran.words
        assert "scripts/build_rasa.sh" in ran.words
        assert RASA_TOKEN not in ran.words

    def test_rasa_without_its_secret(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "nlu", "parse", "--engine", "rasa", stdin="{}")
        assert ran.code == 1
        assert "nlu.rasa_token" in ran.words

    def test_a_line_that_is_no_json(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "nlu", "parse", "--jsonl", stdin='{"id":1,"text":"да","state":"open"}\nда\n')
        assert ran.code == 1
        assert "2" in ran.err
        assert json.loads(ran.out.splitlines()[0])["id"] == 1, "what came before the fault is answered"

    @pytest.mark.parametrize(
        ("option", "value"), [("--now", "завтра"), ("--caller", "abc"), ("--script", "outbox"), ("--clinic", "no.json")]
    )
    def test_an_option_that_makes_no_sense(self, tmp_path: Path, option: str, value: str) -> None:
        ran = run(tmp_path, "chat", "--jsonl", option, value)
        assert ran.code == 2
        assert value in ran.words


class TestLine:
    def test_no_asterisk_is_told_before_anything_is_loaded(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "serve")
        assert ran.code == 1
        assert "registratura sandbox start" in ran.words
        assert "Готовлю" not in ran.words

    def test_asterisk_away(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "serve", REGISTRATURA__ASTERISK__ARI_URL="http://127.0.0.1:1/ari")
        assert ran.code == 1
        assert "http://127.0.0.1:1/ari не отвечает" in ran.words
        assert "asterisk.ari_url" in ran.words
        assert "Готовлю" not in ran.words

    def test_now_without_a_clinic(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "serve", "--now", "2026-11-23T10:00")
        assert ran.code == 2
        assert "--clinic" in ran.words

    def test_configuration_without_a_trunk(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "asterisk-config", str(tmp_path / "etc"))
        assert ran.code == 1
        assert "trunk.host" in ran.words
        assert not (tmp_path / "etc").exists()

    def test_status_of_no_sandbox(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "sandbox", "status", "--json")
        assert ran.code == 1
        assert json.loads(ran.out) == {"running": False}


class TestSound:
    def test_a_file_that_is_no_sound(self, tmp_path: Path) -> None:
        (tmp_path / "letter.wav").write_text("this is a letter")
        ran = run(tmp_path, "asr", "letter.wav")
        assert ran.code == 1
        assert "letter.wav" in ran.words

    def test_a_voice_that_is_not_free(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "tts", "Здравствуйте.", "-o", "out.wav", "--voice", "Natalia")
        assert ran.code == 1
        assert "Natalia" in ran.words
        assert not (tmp_path / "out.wav").exists()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        ran = run(tmp_path, "tts", "Здравствуйте.", "-o", "nowhere/out.wav")
        assert ran.code == 1
        assert "nowhere" in ran.words
