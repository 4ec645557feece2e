"""`registratura learn` at the terminal, up to the training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.commands.support import readable, whoever_types

ROWS = (
    "Фраза;Намерение\nЭто Кузнецов Пётр Ильич, бумагу в бассейн;\nпривить ребенка от кори;vaccination\nбумагу;бумага\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGISTRATURA__DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "said.csv").write_bytes(ROWS.encode("cp1251"))
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "odd.csv").write_bytes("Имя;Возраст\nИван;5\n".encode())
    return tmp_path


def learn(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["learn", *arguments])


def told(*arguments: str) -> str:
    done = learn(*arguments)
    assert done.exit_code == 0, done.output
    return done.output


def refused(*arguments: str) -> str:
    """What the person at the terminal is told."""
    done = learn(*arguments)
    assert done.exit_code != 0
    return (isinstance(done.exception, Exception) and readable(done.exception)) or done.output


def lines(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told(*arguments, "--json").splitlines()]


def test_from_a_file_to_labels(folder: Path) -> None:
    said = told("import", "said.csv")
    assert "Новых фраз: 2, уже были: 0, с ошибками: 1" in said
    assert "Намерения «бумага» нет" in (folder / "said.errors.csv").read_text(encoding="utf-8-sig")
    assert "Новых фраз: 0, уже были: 2" in told("import", "said.csv")

    [group] = lines("list")
    assert [one["text"] for one in group["phrases"]] == ["это [имя] бумагу в бассейн"]
    assert (group["id"], group["times"]) == (1, 1)
    assert "«это [имя] бумагу в бассейн»" in told("list")
    assert [one["label"] for one in lines("list", "--status", "labelled")] == ["vaccination"]

    assert "Размечено фраз: 1" in told("label", "documents", "--group", "1")
    assert "Очередь пуста" in told("list")
    assert "Отброшено фраз: 1" in told("ignore", "1")
    [status] = lines("status")
    assert (status["counts"], status["dealt_with"], status["live"]) == (
        {"new": 0, "labelled": 1, "ignored": 1, "published": 0}, 1.0, None,
    )  # fmt: skip
    assert "только поставляемые фразы" in told("status")


def test_faulty_lines_of_json_are_mended_where_they_are(folder: Path) -> None:
    (folder / "said.jsonl").write_text('{"text": "бумагу в бассейн"}\n[]\n', encoding="utf-8")
    said = told("import", "said.jsonl")
    assert "с ошибками: 1" in said
    assert "Исправьте их в said.jsonl" in said


def test_own_words(folder: Path) -> None:
    assert "«просветка» = «флюорография»" in told("synonym", "Просветка", "флюорография")
    assert "«просветка»" in told("synonym")
    assert "признак опасности" in refused("synonym", "не дышит", "спит")
    assert told("synonym", "--remove", "1") == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("label", "documents"), "Укажите номера фраз"),
        (("label", "documents", "7"), "Таких фраз нет: 7"),
        (("label", "documents", "99999999999999999999"), "2000000000"),
        (("import", "empty.csv"), "не найдена строка заголовков"),
        (("import", "odd.csv"), "столбец «Фраза»"),
        (("label", "pool", "7"), "Намерения «pool» нет"),
        (("label", "documents", "--group", "7"), "Фразы 7 нет"),
        (("synonym", "просветка"), "Нужны слово и его значение"),
        (("train",), "Новых размеченных фраз нет"),
        (("publish",), "Публиковать нечего"),
        (("publish", "5"), "Обучения 5 нет"),
        (("rollback",), "Отменять нечего"),
        (("import", "said.csv", "--errors", "said.csv"), "не может быть самим файлом"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


def test_reading_at_the_terminal_is_recorded_too(folder: Path) -> None:
    import sqlite3

    told("import", "said.csv")
    told("list", "--status", "new")
    with sqlite3.connect(folder / "registratura.sqlite") as base:
        found = base.execute("SELECT actor, action FROM audit WHERE subject = 'phrase' ORDER BY id").fetchall()
    base.close()
    assert [action for _, action in found] == ["phrase.import", "phrase.list"]
    assert {actor for actor, _ in found} == {str(whoever_types())}


def test_what_cannot_be_recorded_is_not_shown(folder: Path) -> None:
    import sqlite3

    told("import", "said.csv")
    with sqlite3.connect(folder / "registratura.sqlite") as base:
        base.execute("ALTER TABLE audit RENAME TO away")
    base.close()
    shown = learn("list", "--status", "new")
    assert shown.exit_code != 0
    assert "бассейн" not in shown.output
