"""Files of transcripts as clinics have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.composition.transcripts import read_transcripts
from bot.learning.transcripts import Row
from crm_bridge.local.exchange.errors import ExchangeError

WANTED = (
    Row(number=2, text="бумагу, в бассейн", state="open", intent="documents"),
    Row(number=3, text="не смогу прийти", state="", intent=""),
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ('Фраза;Состояние;Намерение\n"бумагу, в бассейн";open;documents\nне смогу прийти;;\n', "cp1251"),
        ('text,state,intent\n"бумагу, в бассейн",open,documents\nне смогу прийти,,\n', "utf-8-sig"),
    ],
)
def test_csv_of_both_separators_and_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "said.csv"
    path.write_bytes(text.encode(encoding))
    assert read_transcripts(path)[0].rows == WANTED


def test_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("Реплика", "Метка"), ("бумагу, в бассейн", "documents")):
        sheet.append(row)
    book.save(tmp_path / "said.xlsx")
    assert read_transcripts(tmp_path / "said.xlsx")[0].rows == (
        Row(number=2, text="бумагу, в бассейн", intent="documents"),
    )


def test_json_lines_and_those_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    path.write_text('{"text": "бумагу в бассейн", "state": "open"}\n\nнет\n{"text": 5}\n', encoding="utf-8")
    read, faults = read_transcripts(path)
    assert read.rows == (Row(number=1, text="бумагу в бассейн", state="open"),)
    assert list(faults) == [3, 4]
    read.write_errors(tmp_path / "errors.csv", faults)
    assert (tmp_path / "errors.csv").read_text(encoding="utf-8-sig").splitlines()[1].startswith('3;нет;"Нужен объект')


def test_bad_rows_go_to_a_file_that_can_be_fed_again(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("Фраза;Намерение\nбумагу;бумага\nсправку;documents\n", encoding="utf-8")
    read, _ = read_transcripts(path)
    read.write_errors(tmp_path / "errors.csv", {2: "Намерения нет"})
    again, _ = read_transcripts(tmp_path / "errors.csv")
    assert [(row.text, row.intent) for row in again.rows] == [("бумагу", "бумага")]


def test_a_file_without_phrases_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("Состояние;Намерение\nopen;documents\n", encoding="utf-8")
    with pytest.raises(ExchangeError, match="нет столбца «Фраза»"):
        read_transcripts(path)
