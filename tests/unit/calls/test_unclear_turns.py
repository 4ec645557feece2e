"""Which turns of a conversation are worth a label."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.calls.unclear import UnclearTurns, UnclearWords
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.learning import Why
from dialogs.port import FALLBACK, Directory, Interpretation

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def said(text: str, intent: str, confidence: float, **how: Any) -> Interpretation:
    ranking = () if how.get("guard") else ((how.pop("guess", intent), confidence),)
    return Interpretation(
        text=text, normalized=text, intent=intent, confidence=confidence, intents=(intent,), ranking=ranking, **how
    )


REJECTED = said("бумагу в бассейн", FALLBACK, 0.2, guess="documents", policy="reject")
GUARDED = said("отмените", "cancel_appointment", 0.95, policy="confirm")
NO = said("нет", "deny", 0.98)
YES = said("да", "affirm", 0.98)


def kept(*turns: Interpretation) -> list[UnclearWords]:
    found: list[UnclearWords] = []
    watch = UnclearTurns(found.append, ManualClock(NOW), "call-1")
    for turn in turns:
        watch.heard(turn, state="open", directory=Directory())
    return found


@pytest.mark.parametrize(
    ("turn", "why"),
    [
        (REJECTED, Why.REJECTED),
        (said("да нет", FALLBACK, 0.0, guard="unclear", policy="reject"), Why.UNCLEAR),
        (said("справка", "documents", 0.4, policy="choose"), Why.CHOICE),
        (said("справка", "documents", 0.45, policy="confirm"), Why.UNSURE),
    ],
)
def test_what_was_not_understood_is_kept_at_once(turn: Interpretation, why: Why) -> None:
    [words] = kept(turn)
    assert (words.text, words.why, words.call_id, words.at) == (turn.text, why, "call-1", NOW)


def test_the_best_guess_is_kept_with_it() -> None:
    [words] = kept(REJECTED)
    assert (words.guess, words.confidence) == ("documents", 0.2)


@pytest.mark.parametrize(
    "turn",
    [
        YES,
        said("", FALLBACK, 0.0, guard="no_input", policy="reject"),
        said("умираю", "emergency", 0.9, emergency=True),
        said("запишите", "book_appointment", 0.7),
    ],
)
def test_what_was_understood_or_not_said_is_not_kept(turn: Interpretation) -> None:
    assert kept(turn) == []


def test_a_guess_that_is_denied_was_wrong_one_that_is_confirmed_was_right() -> None:
    assert kept(GUARDED, YES) == []
    [words] = kept(GUARDED, NO)
    assert (words.text, words.why, words.guess) == ("отмените", Why.DENIED, "cancel_appointment")
    assert kept(GUARDED, YES, NO) == [], "the no is to something else"
