"""What the journal notes of the voice, and how it is read again."""

from __future__ import annotations

from bot.calls.marks import change_of_manner, manner_among, steps_slower, unmarked
from dialogs.step import USUAL, Manner, Say


def test_the_journal_notes_a_change_of_manner() -> None:
    slow, loud = Manner(rate=0.8), Manner(rate=0.8, gain_db=6.0)
    assert change_of_manner(USUAL, slow) == "[медленнее] "
    assert change_of_manner(USUAL, loud) == "[медленнее, громче] "
    assert change_of_manner(loud, USUAL) == "[быстрее, тише] "
    assert change_of_manner(slow, slow) == ""
    dictated = Say(text="Номер: восемь, пять.", manner=Manner(rate=0.8, pause_ms=450))
    assert manner_among((Say(text="Да."), dictated)) == USUAL
    assert manner_among((dictated,)) is None


def test_a_mark_is_told_from_words_and_keys() -> None:
    slow = change_of_manner(USUAL, Manner(rate=0.8, gain_db=6.0))
    assert unmarked(f"{slow}Чем могу помочь?") == "Чем могу помочь?"
    assert unmarked("[клавиши 1]") == "[клавиши 1]"
    assert unmarked("Да.") == "Да."


def test_the_pace_of_every_turn_is_known_from_the_marks() -> None:
    turns = ["Раз.", "[медленнее] Два.", "Три.", "[медленнее, громче] Четыре.", "[громче] Пять.", "[быстрее] Шесть."]
    assert steps_slower(turns) == [0, 1, 1, 2, 2, 0]
