"""Groups of phrases that say alike, with and without sentence vectors."""

from datetime import datetime

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.domain.clock import MOSCOW
from bot.domain.learning import Phrase, Why
from bot.learning.groups import grouped
from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.grouping import groups_of
from dialogs.nlu.training import load_examples

AT = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
SAID = (
    "нужна справка для бассейна",
    "справку для бассейна надо",
    "справка в бассейн нужна",
    "привить ребенка от кори",
    "сделать прививку от кори ребенку",
    "где у вас можно оставить машину",
)


def phrase(number: int, text: str, times: int = 1) -> Phrase:
    return Phrase(
        id=number, text=text, key=text, state="open", why=Why.REJECTED, guess="", confidence=0.0, times=times,
        first_at=AT, last_at=AT, call_id="c1",
    )  # fmt: skip


def test_rows_alike_are_together_the_most_typical_first_and_heavy_groups_before_light_ones() -> None:
    rows = np.array([[1, 0, 0], [0.9, 0.436, 0], [0, 0, 1], [0.97, 0.243, 0]])
    found = groups_of(csr_matrix(rows), None, [1, 1, 5, 1])
    assert found == [(2,), (0, 1, 3)] or found == [(2,), (3, 0, 1)] or found == [(2,), (1, 0, 3)]
    assert groups_of(csr_matrix(rows), None, [1, 1, 1, 1])[0] == found[1]


def test_a_row_of_unknown_letters_is_a_group_of_its_own() -> None:
    assert groups_of(csr_matrix((2, 3)), None, [1, 1]) == [(0,), (1,)]


@pytest.mark.parametrize("embeddings", [True, False])
def test_phrases_of_one_wish_are_one_group_with_its_intent(model_cache, embeddings) -> None:
    engine = EmbeddedEngine(cache=model_cache, embeddings=embeddings)
    phrases = [phrase(number, text, times=2 if number == 3 else 1) for number, text in enumerate(SAID)]
    found = grouped(phrases, engine)
    assert [{one.id for one in group.phrases} for group in found] == [{0, 1, 2}, {3, 4}, {5}]
    assert [group.suggested for group in found] == ["documents", "vaccination", "clinic_address"]
    assert [group.times for group in found] == [3, 3, 1]
    assert found == grouped(phrases, engine)


def test_five_thousand_phrases_are_grouped_to_the_last_one(model_cache) -> None:
    engine = EmbeddedEngine(cache=model_cache, embeddings=False)
    texts = [f"{one.text} {tail}".strip() for tail in ("", "срочно") for one in load_examples()][:5000]
    found = grouped([phrase(number, text) for number, text in enumerate(texts)], engine)
    assert sorted(one.id for group in found for one in group.phrases) == list(range(len(texts)))
    assert len(found) < len(texts)
