"""Keys wherever digits or a choice are asked, digits read back, recordings named well: the checker tells."""

from __future__ import annotations

from typing import Any

import pytest

from dialogs.script import check_script
from tests.unit.dialogs.small_script import small

SURE = {"state": "confirm", "expected": "yes_no", "say": "Верно?", "rephrase": "Да или нет?"}
KEYS = {"1": "affirm", "2": "deny"}
MENU = "Если да, нажмите один. Если нет, нажмите два."


def found(question: dict[str, Any] | None = None, **changes: Any) -> str:
    if question is not None:
        changes["steps/done/ask"] = question
    return "\n".join(str(problem) for problem in check_script(small(**changes)))


def test_a_question_of_yes_or_no_with_keys_is_sound() -> None:
    assert found({**SURE, "keys": KEYS, "menu": MENU}) == ""


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({**SURE, "menu": MENU}, "нужны keys"),
        ({**SURE, "keys": {"1": "affirm"}, "menu": "Если да, нажмите один."}, "и для отказа"),
        ({**SURE, "keys": KEYS}, "menu не предлагает клавиш"),
        ({**SURE, "keys": KEYS, "menu": "Скажите «да» или «нет»."}, "menu не предлагает клавиш"),
        ({**SURE, "keys": KEYS, "menu": "Если да, нажмите один."}, "не называет клавишу 2: скажите «два»"),
        ({**SURE, "keys": KEYS, "menu": f"{MENU} Иначе три."}, "предлагает клавишу 3, а она ни к чему не ведёт"),
        ({"state": "ask_choice", "say": "Что?", "rephrase": "Что?"}, "нужны keys"),
        ({"state": "ask_date", "expected": "date", "say": "День?", "rephrase": "День?"}, "спрашивает день"),
        ({"state": "ask_birth", "expected": "date", "say": "Когда?", "rephrase": "Когда?"}, "нужен key_input"),
    ],
)
def test_each_fault_is_named(question: dict[str, Any], message: str) -> None:
    assert message in found(question)


def test_keys_may_be_chosen_by_rules_and_zero_works_everywhere() -> None:
    rules = [{"when": f"heard.hints.choice == '{key}'", "next": "bye"} for key in "12"]
    menu = "Первое, нажмите один. Второе, два. Регистратор, ноль."
    question = {"state": "ask_choice", "say": "Что?", "rephrase": "Что?", "menu": menu, "rules": rules}
    assert found(question) == ""


def test_digits_are_read_back() -> None:
    assert "нет read_back" in found(**{"forms/who/fields/phone/read_back": None})


@pytest.mark.parametrize(
    ("say", "message"),
    [
        ("@bye()", "нужны её слова"),
        ("@bye(До свидания, {{ clinic }}.)", "не бывает переменных"),
        ("@bye До свидания.", "знак @"),
        ("@bye(До свидания (и вам)", "знак @"),
        ("@bye(До свидания.) {{ clinic }}", ""),
    ],
)
def test_recordings_are_named_well(say: str, message: str) -> None:
    problems = found(**{"steps/bye/say": say})
    assert message in problems
    assert bool(message) == bool(problems)
