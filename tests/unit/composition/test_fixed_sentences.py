"""What is rendered before the first call: every sentence without a variable, and only whole sentences."""

from __future__ import annotations

from bot.composition.prompts import fixed_sentences
from dialogs.script import load_script


def kept() -> list[str]:
    return list(fixed_sentences([load_script("inbound"), load_script("reminder")], "Клиника «Здоровье»"))


def test_sentences_beside_a_variable_are_kept_too() -> None:
    assert {"Проверим.", "Всё верно?", "Подойдёт?", "Готово.", "Записала."} <= set(kept())


def test_the_greeting_with_the_clinics_name_is_kept() -> None:
    assert any("Клиника «Здоровье»" in sentence for sentence in kept())


def test_nothing_with_a_variable_or_a_tag_and_no_half_sentence_is_kept() -> None:
    for sentence in kept():
        assert not set("{}%\N{REPLACEMENT CHARACTER}") & set(sentence)
        assert sentence[0].isupper() or sentence[0] == "«"
        assert sentence[-1] in ".!?…"
