"""Phrases that two intents claim are found."""

from __future__ import annotations

import pytest

from dialogs.nlu import conflicts
from dialogs.nlu.config import ClosedClass, policy
from dialogs.nlu.training import Example
from dialogs.port import Intent, State


def test_the_shipped_phrases_have_one_intent_each() -> None:
    assert conflicts.shared_phrases() == []


def test_a_phrase_taught_under_two_intents_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    taught = [Example(text="Да, можно", intent=Intent.AFFIRM), Example(text="да можно", intent=Intent.DENY)]
    monkeypatch.setattr(conflicts, "read_examples", lambda: taught)
    assert conflicts.shared_phrases() == [("да можно", ("affirm", "deny"))]


@pytest.mark.parametrize(
    ("only", "other_only", "shared"),
    [
        ((), (), True),
        ((State.OPEN,), (State.OPEN, State.CONFIRM), True),
        ((State.OPEN,), (State.CONFIRM,), False),
        ((), (State.OPEN,), False),
    ],
)
def test_lists_that_meet_must_not_share_a_phrase(
    monkeypatch: pytest.MonkeyPatch, only: tuple[State, ...], other_only: tuple[State, ...], shared: bool
) -> None:
    lists = (
        ClosedClass(intent=Intent.AFFIRM, phrases=("ладно",), only=only),
        ClosedClass(intent=Intent.GOODBYE, phrases=("ладно", "пока"), only=other_only),
    )
    monkeypatch.setattr(conflicts, "policy", lambda: policy().model_copy(update={"closed": lists}))
    monkeypatch.setattr(conflicts, "read_examples", lambda: [])
    assert conflicts.shared_phrases() == ([("ладно", ("affirm", "goodbye"))] if shared else [])
