"""The mapping file of Pyrus: what is accepted and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import LeadStage
from crm_bridge.pyrus import PyrusMappingError, read_mapping
from crm_bridge.pyrus.mapping import VISIT_STATUS, BookingState

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "pyrus.md"
GOOD = """
bookings:
  form: 1001
  fields: {request_id: 1, full_name: 2, phone: 3, status: 4}
  states: {requested: 1, confirmed: 2}
"""


def read(folder: Path, text: str) -> object:
    path = folder / "pyrus.yml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_the_example_of_the_how_to_is_a_good_file(tmp_path: Path) -> None:
    example = HOW_TO.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "pyrus.yml"
    path.write_text(example, encoding="utf-8")
    mapping = read_mapping(path)
    assert None not in (mapping.bookings, mapping.call_tasks, mapping.telephony)
    assert mapping.leads is not None
    assert set(mapping.leads.stages) == set(LeadStage)


def test_what_is_left_out_is_not_offered(tmp_path: Path) -> None:
    path = tmp_path / "pyrus.yml"
    path.write_text(GOOD, encoding="utf-8")
    mapping = read_mapping(path)
    assert (mapping.leads, mapping.call_tasks, mapping.telephony) == (None, None, None)
    assert mapping.time_zone == "Europe/Moscow"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "хотя бы один раздел"),
        ("bookings: [", "это не YAML"),
        (GOOD.replace("form: 1001", "forn: 1001"), "bookings.forn"),
        (GOOD.replace("form: 1001", "form: 0"), "bookings.form: число должно быть не меньше 1"),
        (GOOD.replace("phone: 3, ", ""), "bookings.fields.phone: поле обязательно"),
        (GOOD.replace("phone: 3", "phone: 2"), "поле 2 указано дважды: full_name и phone"),
        (GOOD.replace("requested: 1, ", ""), "нужен вариант requested"),
        (GOOD.replace(", status: 4", ""), "не указано поле fields.status"),
        (GOOD.replace("confirmed: 2", "выполнено: 2"), "«выполнено» не подходит"),
        (GOOD + "  catalogs: {doctor: 277}\n", "не указано поле fields.doctor"),
        (GOOD + "time_zone: Moscow\n", "часового пояса «Moscow» нет"),
        (GOOD + "leads:\n  form: 2\n  fields: {request_id: 1, full_name: 2, phone: 3, stage: 4}\n"
         "  stages: {new: 1, won: 2}\n", "в stages не хватает: assigned, booked, lost"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PyrusMappingError) as error:
        read(tmp_path, text)
    assert said in str(error.value)


def test_a_file_that_is_not_there_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(PyrusMappingError, match="не найден"):
        read_mapping(tmp_path / "none.yml")


def test_every_state_of_theirs_is_a_state_of_ours() -> None:
    assert set(VISIT_STATUS) == set(BookingState)
    assert set(VISIT_STATUS.values()) == set(VisitStatus)
