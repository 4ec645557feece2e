"""One intent for one phrase; nothing teaches an emergency away."""

from datetime import datetime

import pytest

from bot.domain.clock import MOSCOW
from bot.domain.learning import Phrase, PhraseStatus, Why
from bot.learning.labels import Known, intent_of, notes, refuse
from crm_bridge.port import Refused
from dialogs.nlu.added import shipped
from dialogs.port import Intent

AT = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def phrase(number: int, text: str, label: str | None = None, state: str = "open") -> Phrase:
    return Phrase(
        id=number, text=text, key=text, state=state, why=Why.REJECTED, guess="", confidence=0.0, times=1, first_at=AT,
        last_at=AT, call_id="c1", status=PhraseStatus.LABELLED if label else PhraseStatus.NEW, label=label,
    )  # fmt: skip


def shipped_phrase(intent: Intent) -> str:
    return next(text for text, meant in shipped().items() if meant is intent)


def test_an_unknown_intent_is_refused_with_those_that_are() -> None:
    assert intent_of("vaccination") is Intent.VACCINATION
    with pytest.raises(Refused, match="есть: book_appointment"):
        intent_of("прививка")


def test_a_shipped_phrase_of_another_intent_is_a_conflict_that_can_be_forced() -> None:
    text = shipped_phrase(Intent.PREP_INFO)
    assert Known([]).conflicts([phrase(1, text)], Intent.PREP_INFO) == []
    found = Known([]).conflicts([phrase(1, text)], Intent.DOCUMENTS)
    assert [(one.intent, one.phrase_ids) for one in found] == [("prep_info", ())]
    with pytest.raises(Refused, match=r"prep_info.*есть в поставке.*--force"):
        refuse(found, force=False)
    refuse(found, force=True)


def test_an_earlier_label_in_another_state_is_a_conflict() -> None:
    earlier = phrase(7, "бумагу в бассейн", label="documents", state="confirm")
    found = Known([earlier]).conflicts([phrase(1, "бумагу в бассейн")], Intent.PREP_INFO)
    assert [(one.intent, one.phrase_ids) for one in found] == [("documents", (7,))]
    assert Known([earlier]).conflicts([phrase(1, "бумагу в бассейн")], Intent.DOCUMENTS) == []
    assert Known([earlier]).conflicts([phrase(7, "бумагу в бассейн")], Intent.PREP_INFO) == [], (
        "its own label may change"
    )


def test_an_emergency_is_never_taught_away() -> None:
    found = Known([]).conflicts([phrase(1, shipped_phrase(Intent.EMERGENCY))], Intent.SMALLTALK)
    with pytest.raises(Refused, match="не переучивают"):
        refuse(found, force=True)


def test_what_a_list_decides_is_told() -> None:
    [said] = notes([phrase(1, "да нет", state="confirm"), phrase(2, "бумагу в бассейн")], Intent.DENY)
    assert "policy.yml" in said
    assert notes([phrase(1, "конечно", state="confirm")], Intent.AFFIRM) == ()
