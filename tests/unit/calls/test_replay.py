"""The format of regression dialogues: how turns are read, what is expected of each answer, faults told in Russian."""

from __future__ import annotations

from typing import Any

import pytest

from bot.calls.replay import Dialogue, DialogueError, Played, parse_dialogues, play
from tests.fixtures.talk import Talk

HEAD = "- id: one\n  expected: {}\n"


async def played(talk: Talk, **dialogue: Any) -> Played:
    given = {"id": "one", "expected": {}, "turns": [], **dialogue}
    return await play(Dialogue.model_validate(given), talk())


def test_a_turn_is_a_text_a_silence_keys_or_all_that_with_what_is_expected() -> None:
    [dialogue] = parse_dialogues(HEAD + '  turns: ["да", "", {dtmf: "1"}, {say: "нет", state: open, says: [x]}]\n', "d")
    assert [turn.shown for turn in dialogue.turns] == ["да", "[молчание]", "[клавиши 1]", "нет"]
    assert (dialogue.turns[3].state, dialogue.turns[3].says) == ("open", ("x",))


def test_no_dialogues_at_all() -> None:
    assert parse_dialogues("", "d") == []
    assert parse_dialogues("# пока ничего\n", "d") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- id: [one\n", r"мои\.yml:\d: это не YAML"),
        ("id: one\n", "нужен список диалогов"),
        (HEAD, "диалог one: неверно заполнено: turns"),
        (HEAD + "  turns: [{shout: да}]\n", "диалог one: .*turns"),
        (HEAD + "  turns: [да]\n  says: ['(']\n", "диалог one: .*says"),
        ("- 5\n", "диалог 1: "),
    ],
)
def test_a_faulty_file_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DialogueError, match=message):
        parse_dialogues(text, "мои.yml")


async def test_the_state_after_a_turn_is_expected(talk: Talk) -> None:
    turns = [{"say": "запишите к терапевту", "state": "ask_date"}, {"say": "на завтра", "state": "ask_name"}]
    result = await played(talk, turns=turns)
    assert result.failures == ("после «на завтра»: ожидалось состояние ask_name, вышло ask_slot_ok",)
    assert len(result.turns_ms) == 2


async def test_what_an_answer_says_is_expected_of_that_answer_alone(talk: Talk) -> None:
    turns = [{"say": "запишите к терапевту", "says": ["робот"], "never_says": ["день"]}]
    result = await played(talk, turns=turns, says=["робот"])
    assert result.failures == (
        "после «запишите к терапевту» бот не сказал: робот",
        "после «запишите к терапевту» бот сказал лишнее: день",
    )


async def test_an_answer_that_takes_too_long_is_told(talk: Talk) -> None:
    assert (await played(talk, turns=["адрес"], max_turn_ms=60_000)).failures == ()
    [failure] = (await played(talk, turns=["адрес"], max_turn_ms=0)).failures
    assert failure.endswith("мс при допустимых 0")
