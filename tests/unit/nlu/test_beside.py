"""A second intent in one breath, with no border between."""

import pytest

from dialogs.nlu.beside import beside
from dialogs.nlu.decide import REQUESTS
from dialogs.nlu.pipeline import interpret_ranked
from dialogs.port import Intent


@pytest.mark.parametrize(
    ("text", "state", "main", "found"),
    [
        ("да подходит а сколько стоит", "ask_slot_ok", Intent.PRICE_INSURANCE, (Intent.AFFIRM,)),
        ("приду а полис брать", "reminder", Intent.DOCUMENTS, (Intent.CONFIRM_VISIT,)),
        ("не приду все до свидания", "reminder", Intent.CANCEL_APPOINTMENT, (Intent.GOODBYE,)),
        ("прививка от гриппа почем у вас", "open", Intent.VACCINATION, (Intent.PRICE_INSURANCE,)),
        ("нет перенесите на среду", "reminder", Intent.RESCHEDULE_APPOINTMENT, ()),
        ("да еще к окулисту", "ask_more", Intent.BOOK_APPOINTMENT, ()),
        ("почем доллар", "open", Intent.OUT_OF_SCOPE, ()),
    ],
)
def test_what_stands_beside_the_main_intent(text, state, main, found):
    assert beside(text, state, main, REQUESTS) == found


def test_the_pipeline_tells_of_both(engine, context):
    found = interpret_ranked("не приду, всё, до свидания", context("reminder"), engine.rank_now)
    assert found.intents == (Intent.CANCEL_APPOINTMENT, Intent.GOODBYE)


def test_a_question_after_a_begins_a_request_of_its_own(engine, context):
    found = interpret_ranked("запишите к лору на завтра а где вы находитесь", context(), engine.rank_now)
    assert found.intents == (Intent.BOOK_APPOINTMENT, Intent.CLINIC_ADDRESS)
