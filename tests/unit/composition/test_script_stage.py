"""The exam of the shipped scripts: their own dialogues, over the demo clinic."""

from __future__ import annotations

import asyncio

import pytest

from bot.composition.script_exam import ExamRoom, examine
from bot.domain.script_versions import Problem
from bot.scripting.exam import dialogues_file, shipped_files
from dialogs.script import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_script_passes_with_dialogues_of_its_own(name: str) -> None:
    exam = examine(name, shipped_files(name), talk=True)
    assert exam.findings == ()
    assert exam.dialogues >= 5


def with_dialogues(text: str) -> tuple[Problem, ...]:
    files = {**shipped_files("waitlist_offer"), dialogues_file("waitlist_offer"): text}
    return examine("waitlist_offer", files, talk=True).findings


def test_what_a_dialogue_expects_and_does_not_get_stands_against_the_script() -> None:
    [finding] = with_dialogues("- {id: odd, turns: [алло], expected: {outcome: booked}}\n")
    assert (finding.place, finding.file) == ("диалог odd", "dialogues/waitlist_offer.yml")
    assert "ожидалось 'booked'" in finding.message


def test_dialogues_that_cannot_be_read_or_prepared_are_told() -> None:
    [unread] = with_dialogues("- {id: odd}\n")
    assert "диалог odd: неверно заполнено: turns, expected" in unread.message
    given = "- {id: odd, caller_phone: '+70000000000', given: {waiting: кардиолог}, turns: [алло], expected: {}}\n"
    [unknown] = with_dialogues(given)
    assert "нет пациента с телефоном +70000000000" in unknown.message


def test_a_script_under_another_name_is_told() -> None:
    files = shipped_files("inbound")
    [finding] = examine("reminder", {**files, "reminder.yml": files["inbound.yml"]}, talk=False).findings
    assert (finding.place, finding.file) == ("id", "reminder.yml")


async def test_an_exam_in_another_process_finds_the_same() -> None:
    files = {**shipped_files("inbound"), "shared/common.yml": "steps: {a: [1\n"}
    room = ExamRoom()
    first, second = await asyncio.gather(*(room("inbound", files, talk=True) for _ in range(2)))
    assert first == second == examine("inbound", files, talk=True)
    assert not first.passed


async def test_an_exam_that_breaks_down_is_told_as_what_stands_against_the_script() -> None:
    said, much = "Здравствуйте! {% if clinic %}", "{{ 'а' * (known + 10) ** 13 }}"
    files = shipped_files("waitlist_offer")
    assert said in files["waitlist_offer.yml"]
    greedy = files["waitlist_offer.yml"].replace(said, much + said)
    exam = await ExamRoom()("waitlist_offer", {**files, "waitlist_offer.yml": greedy}, talk=True)
    [finding] = exam.findings
    assert "проверка оборвалась" in finding.message


async def test_who_gives_up_waiting_leaves_the_room_free() -> None:
    room, files = ExamRoom(), shipped_files("reminder")
    waiting = asyncio.create_task(room("reminder", files, talk=True))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await room("reminder", files, talk=False)).passed
