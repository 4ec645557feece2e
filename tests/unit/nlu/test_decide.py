"""Priors, thresholds and the policy file."""

import pytest
from pydantic import ValidationError

from dialogs.nlu.config import NluPolicy, policy
from dialogs.nlu.decide import decide, is_garbled, order_intents, request_parts, with_prior
from dialogs.port import Intent, State

EVEN = [("confirm_visit", 0.3), ("inform", 0.3), ("emergency", 0.2), ("affirm", 0.2)]


def test_the_state_weighs_the_ranking():
    assert with_prior(EVEN, "reminder")[0][0] == Intent.CONFIRM_VISIT
    assert with_prior(EVEN, "ask_date")[0][0] == Intent.INFORM
    assert with_prior(EVEN, "confirm")[0][0] == Intent.AFFIRM
    assert sum(p for _, p in with_prior(EVEN, "reminder")) == pytest.approx(1.0)


def test_no_state_lowers_danger_or_the_wish_for_a_person():
    for state in State:
        weights = policy().prior(state)
        assert weights.get(Intent.EMERGENCY, 1.0) >= 1.0
        assert weights.get(Intent.OPERATOR, 1.0) >= 1.0


def test_thresholds_decide():
    limits = policy().thresholds["embedded"]
    assert decide((("documents", 0.7), ("prep_info", 0.2)), limits) == ("act", ("documents",))
    assert decide((("documents", 0.5), ("prep_info", 0.1)), limits) == ("confirm", ("documents",))
    assert decide((("documents", 0.45), ("prep_info", 0.4)), limits) == ("choose", ("documents", "prep_info"))
    assert decide((("documents", 0.3), ("prep_info", 0.2)), limits)[0] == "reject"
    assert decide((("spam", 0.7), ("inform", 0.1)), limits)[0] == "confirm"
    assert decide((("spam", 0.85), ("inform", 0.1)), limits)[0] == "act"


def test_requests_are_split_where_both_sides_ask():
    assert request_parts("запишите к лору и скажите сколько стоит") == ["запишите к лору", "сколько стоит"]
    assert request_parts("мама и папа болеют") == ["мама папа болеют"]
    assert request_parts("отмените лора, а к хирургу запишите") == ["отмените лора", "а к хирургу запишите"]
    assert request_parts("запишите на экг и скажите цену") == ["запишите на экг", "цену"]
    assert request_parts("здравствуйте, запишите к лору, пожалуйста") == ["здравствуйте запишите к лору пожалуйста"]


def test_one_request_in_two_sentences_stays_one():
    parts = [(("confirm_visit", 0.9),), (("reschedule_appointment", 0.9),)]
    assert order_intents("reschedule_appointment", parts) == ("reschedule_appointment",)


def test_made_up_words_are_known_as_such():
    assert is_garbled("клатным герматологами не с времен")
    assert not is_garbled("запишите меня к терапевту")
    assert not is_garbled("да")


def test_a_faulty_policy_names_its_place():
    raw = policy().model_dump()
    with pytest.raises(ValidationError, match="missing"):
        NluPolicy.model_validate(raw | {"groups": {"open": ("open",)}})
    with pytest.raises(ValidationError, match="lowered"):
        NluPolicy.model_validate(raw | {"priors": {"open": {"emergency": 0.5}}})
