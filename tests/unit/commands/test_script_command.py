"""`script` as its admin meets it: files and names, what is told, exit codes; versions are in tests/integration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.scripting.exam import shipped_files
from tests.unit.commands.test_readable_errors import CLINIC, run, run_alone

DIALOGUES = CLINIC.parent


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    """The shipped inbound script as files, to be changed."""
    for name, text in shipped_files("inbound").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "inbound.yml"


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_diff_tells_by_steps_what_changed(edits: Path) -> None:
    same = run(edits.parent, "script", "diff", "inbound", str(edits))
    assert (same.code, same.out) == (0, "Для звонка они одинаковы.\n")
    rewrite(edits, "Чем могу помочь?", "Слушаю вас?")
    told = run(edits.parent, "script", "diff", "inbound", str(edits))
    assert told.out.splitlines() == [
        "шаг «open»: реплика: было «Чем могу помочь?», стало «Слушаю вас?»",
        "Отличий: 1",
    ]


def test_graph_writes_a_picture_and_mermaid(tmp_path: Path) -> None:
    drawn = run(tmp_path, "script", "graph", "reminder", "--out", str(tmp_path / "steps.svg"))
    assert (drawn.code, "шагов" in drawn.out) == (0, True)
    assert (tmp_path / "steps.svg").read_text(encoding="utf-8").startswith("<svg")
    assert run(tmp_path, "script", "graph", "reminder", "--format", "mermaid").out.startswith("flowchart TD")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("outbound", "Сценария «outbound» нет; есть: inbound"),
        ("inbound:x", "после двоеточия нужен номер версии"),
        ("inbound:²", "после двоеточия нужен номер версии"),
        ("inbound:99999999999999999999", "после двоеточия нужен номер версии"),
        ("nowhere.yml", "файл не найден"),
    ],
)
def test_a_script_that_is_not_there(tmp_path: Path, reference: str, words: str) -> None:
    ran = run(tmp_path, "script", "graph", reference)
    assert ran.code != 0
    assert words in ran.words


@pytest.mark.parametrize(
    ("url", "words"), [("mysql://x/y", "такая база не поддерживается"), ("ерунда", "это не адрес базы")]
)
@pytest.mark.parametrize("arguments", [("script", "check", "inbound"), ("nlu", "parse")], ids=" ".join)
def test_an_address_that_is_none_of_a_database_is_told(
    tmp_path: Path, arguments: tuple[str, ...], url: str, words: str
) -> None:
    ran = run(tmp_path, *arguments, REGISTRATURA__DATABASE__URL=url)
    assert ran.code == 1
    assert f"database.url: {words}" in ran.words


def test_the_dialogues_of_a_script_are_led_and_a_broken_one_is_shown(edits: Path) -> None:
    good = run(edits.parent, "script", "test", str(edits))
    assert (good.code, "не прошло 0" in good.out) == (0, True), good.out
    rewrite(
        edits, "{name: book, intent: book_appointment, next: book}", "{name: book, intent: book_appointment, next: bye}"
    )
    bad = run(edits.parent, "script", "test", str(edits))
    assert bad.code == 1
    assert "✗ inbound: in-booking" in bad.out
    assert "после «запишите меня к терапевту на завтра»: ожидалось состояние ask_slot_ok" in bad.out
    assert "caller [open] запишите меня к терапевту на завтра" in bad.out


def test_other_dialogues_over_another_clinic_as_json(tmp_path: Path) -> None:
    ran = run(
        tmp_path, "script", "test", "--json", "--clinic", str(CLINIC), "--now", "2026-11-23T10:00",
        "--dialogues", str(DIALOGUES / "safety.yml"), "inbound",
    )  # fmt: skip
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0, ran.out
    assert {line["id"] for line in lines} >= {"emergency-at-once", "operator-by-key"}
    assert all(line["passed"] and line["script"] == "inbound" for line in lines)


def test_a_faulty_file_of_dialogues_is_told(tmp_path: Path) -> None:
    (tmp_path / "мои.yml").write_text("- id: один\n", encoding="utf-8")
    ran = run(tmp_path, "script", "test", "--dialogues", str(tmp_path / "мои.yml"))
    assert ran.code == 1
    assert "мои.yml: диалог один: неверно заполнено" in ran.words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {id: один, script: invitaton, turns: [алло], expected: {}}\n", "сценария «invitaton» нет"),
        ("- {id: один, script: reminder, turns: [алло], expected: {}}\n", "Ни одного диалога"),
        ("", "Ни одного диалога"),
        ("- id: один".encode("cp1251").decode("latin-1") + "\udc80", "не в кодировке UTF-8"),
    ],
)
def test_dialogues_that_are_not_led_are_no_success(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "мои.yml").write_text(text, encoding="utf-8", errors="surrogateescape")
    ran = run(tmp_path, "script", "test", "inbound", "--dialogues", str(tmp_path / "мои.yml"))
    assert ran.code == 1
    assert words in ran.words


def test_dialogues_beside_a_script_in_another_encoding_are_told(edits: Path) -> None:
    (edits.parent / "dialogues" / "inbound.yml").write_bytes("- id: один".encode("cp1251"))
    ran = run(edits.parent, "script", "test", str(edits))
    assert ran.code == 1
    assert "не в кодировке UTF-8" in ran.words


def test_run_talks_and_shows_the_step(tmp_path: Path) -> None:
    ran = run_alone(tmp_path, "script", "run", "inbound", stdin="сколько стоит приём кардиолога\n/конец\n")
    assert ran.code == 0, ran.err
    assert "(шаг: open)" in ran.out
    assert "(шаг: more.ask)" in ran.out
    assert "Итог:" in ran.out
