"""What Rasa is trained on: the same labels and the same phrases as the embedded engine."""

import pytest
from ruamel.yaml import YAML

from dialogs.nlu.rasa_training import distinct, rasa_training
from dialogs.nlu.training import Example, load_examples
from dialogs.port import Intent
from dialogs.slots.lexicon import bullet_lines, specialties
from dialogs.slots.tokens import normalise

FEW = tuple(Example(text=text, intent=Intent.REPEAT) for text in ("Ещё раз!", "еще раз", "громче", "№", "повтори", "а"))


def read(text: str):
    """Read as Rasa does: YAML 1.2."""
    return YAML(typ="safe").load(text)


def by_intent(nlu: str) -> dict[str, list[str]]:
    return {one["intent"]: bullet_lines(one["examples"]) for one in read(nlu)["nlu"] if "intent" in one}


@pytest.fixture(scope="module")
def whole():
    return rasa_training()


def test_both_engines_see_the_same_intents_and_numbers(whole):
    embedded: dict[str, set[str]] = {}
    for example in load_examples():
        embedded.setdefault(str(example.intent), set()).add(normalise(example.text))
    seen = by_intent(whole.files["nlu.yml"])
    assert {intent: set(texts) for intent, texts in seen.items()} == embedded
    assert {intent: len(texts) for intent, texts in seen.items()} == dict(whole.phrases)
    assert set(seen) == set(Intent)


def test_the_domain_has_the_same_labels(whole):
    assert read(whole.files["domain.yml"])["intents"] == list(Intent)


def test_lists_of_words_come_along(whole):
    lookups = {
        one["lookup"]: bullet_lines(one["examples"]) for one in read(whole.files["nlu.yml"])["nlu"] if "lookup" in one
    }
    assert set(map(normalise, specialties())) == set(lookups["specialty"])


def test_rasa_decides_nothing_but_the_ranking_and_ranks_every_intent(whole):
    config = read(whole.files["config.yml"])
    assert config["policies"] == []
    assert config["pipeline"][-1]["ranking_length"] == 0
    assert not any("Fallback" in part["name"] for part in config["pipeline"])


def test_phrases_are_written_as_the_engine_is_asked_and_once():
    assert distinct(FEW) == {"repeat": ("еще раз", "громче", "повтори", "а")}


def test_a_sample_is_fixed_small_and_of_every_intent(whole):
    sample = rasa_training(per_intent=5)
    seen = by_intent(sample.files["nlu.yml"])
    assert {len(texts) for texts in seen.values()} == {5}
    assert set(seen) == set(Intent)
    assert all(set(texts) <= set(by_intent(whole.files["nlu.yml"])[intent]) for intent, texts in seen.items())
    assert sample == rasa_training(per_intent=5)


def test_a_new_phrase_changes_a_sample_by_one_at_most():
    more = (*FEW, Example(text="не слышу вас совсем", intent=Intent.REPEAT))
    before = set(by_intent(rasa_training(FEW, per_intent=2).files["nlu.yml"])["repeat"])
    after = set(by_intent(rasa_training(more, per_intent=2).files["nlu.yml"])["repeat"])
    assert len(before - after) <= 1


def test_a_model_is_named_by_all_that_shapes_it():
    base = rasa_training(FEW)
    assert base.model == f"rasa-{rasa_training(FEW).fingerprint}.tar.gz"
    assert rasa_training(FEW[1:]).model == base.model, "the same phrases once normalised"
    others = [rasa_training(FEW[2:]), rasa_training(FEW, epochs=3), rasa_training(FEW, per_intent=2)]
    assert len({base.model, *(other.model for other in others)}) == 4
    assert others[1].epochs == 3
