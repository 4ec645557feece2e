"""What changed between two scripts is told by steps, in Russian."""

from __future__ import annotations

from typing import Any

import pytest

from dialogs.script import load_script
from dialogs.script.diff import changes
from tests.unit.dialogs.small_script import SMALL, small


def told(**after: Any) -> str:
    return "\n".join(str(change) for change in changes(small(), small(**after)))


def test_the_same_script_has_no_changes() -> None:
    assert told() == ""
    assert changes(load_script("inbound"), load_script("inbound")) == ()


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ({"steps/done/say": "Готово."}, "шаг «done»: реплика: было «Записала.», стало «Готово.»"),
        ({"steps/done/next": "person"}, "шаг «done»: дальше: было «bye», стало «person»"),
        ({"steps/more": {"say": "Ещё?", "next": "bye"}}, "шаг «more»: добавлен: говорит «Ещё?», дальше «bye»"),
        ({"steps/price": None}, "шаг «price»: удалён"),
        ({"steps/ask/ask/short": "К кому?"}, "шаг «ask»: реплика после молчания: было «Врач?», стало «К кому?»"),
        ({"steps/hello/must_hear": False}, "шаг «hello»: нельзя перебить: было да, стало нет"),
        ({"interrupts/2": None}, "правила над всеми шагами, правило «price»: удалено"),
        (
            {"interrupts/1/next": "bye"},
            "правила над всеми шагами, правило «operator»: дальше: было «person», стало «bye»",
        ),
        (
            {"forms/who/fields/birth_date/menu": "Восемь цифр."},
            "форма «who», поле «birth_date»: переспрос с клавишами: было «Наберите восемь цифр.», стало «Восемь цифр.»",
        ),
        ({"forms/who/fields/phone": None}, "форма «who»: поле «phone» удалено"),
        (
            {"ladders/silence/second": "Алло?"},
            "лестница молчания: вторая реплика: было «Совсем не слышу.», стало «Алло?»",
        ),
        ({"texts/nobody": "Никого."}, "тексты: «nobody»: было «Текст.», стало «Никого.»"),
        ({"keys/9": "repeat"}, "клавиши: «9»: было ничего, стало «repeat»"),
        ({"start": "ask"}, "сценарий: первый шаг: было «hello», стало «ask»"),
    ],
)
def test_each_change_is_told_once(after: dict[str, Any], line: str) -> None:
    assert told(**after) == line


def test_a_moved_rule_is_told_for_the_first_that_applies_is_taken() -> None:
    rules = SMALL["interrupts"]
    assert told(interrupts=[rules[1], rules[0], *rules[2:]]) == (
        "правила над всеми шагами: порядок правил изменён: срабатывает первое подходящее"
    )


def test_rules_without_names_are_told_apart_by_what_they_wait_for() -> None:
    changed = {"steps/find/rules": [{"when": "found.count == 0", "say": "Пусто.", "next": "bye"}]}
    assert told(**changed) == "шаг «find», правило «found.count == 0»: реплика: было «Ничего нет.», стало «Пусто.»"
