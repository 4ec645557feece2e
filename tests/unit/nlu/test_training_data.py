"""What every engine must agree on about the training phrases."""

import json
from pathlib import Path

import pytest

from dialogs.nlu.training import Example, TrainingDataError, counts, frequent_words, load_examples
from dialogs.port import Intent
from dialogs.slots.lexicon import DATA, bullet_lines, read_yaml, specialties, synonyms
from dialogs.slots.tokens import normalise

FEWEST = {Intent.OUT_OF_SCOPE: 300, Intent.SPAM: 150, Intent.EMERGENCY: 200}
OTHERS = 100
LOOKALIKES = 200
NOISED = 0.25
"""Of all phrases, what a recogniser heard; of each intent at least half of that."""
FILES = {path.stem: path for path in DATA.glob("*.yml")}


def examples_of(name: str) -> list[tuple[str, str]]:
    """Return (intent, text) of one file."""
    sections = [section for section in read_yaml(FILES[name])["nlu"] if "intent" in section]
    return [(section["intent"], line) for section in sections for line in bullet_lines(section["examples"])]


def as_rasa_reads() -> dict[str, int]:
    """Count examples the way Rasa does: YAML 1.2, every `- ` line of an `intent` section."""
    found: dict[str, int] = {}
    for path in sorted(DATA.glob("*.yml")):
        for section in read_yaml(path)["nlu"]:
            if "intent" in section:
                lines = [line for line in section["examples"].splitlines() if line.startswith("- ")]
                found[section["intent"]] = found.get(section["intent"], 0) + len(lines)
    return found


def test_both_engines_see_the_same_intents_and_numbers():
    assert as_rasa_reads() == dict(counts(load_examples()))
    assert set(as_rasa_reads()) == set(Intent)


def test_no_label_is_a_yaml_boolean():
    assert not {label.value.lower() for label in Intent} & {"yes", "no", "on", "off", "true", "false", "y", "n"}


def test_every_intent_has_enough_examples():
    found = counts(load_examples())
    assert {label: found[label] for label in Intent if found[label] < FEWEST.get(label, OTHERS)} == {}


def test_a_phrase_is_written_once():
    seen: dict[str, str] = {}
    twice = [
        f"{text} ({seen[normalise(text)]}, {name})"
        for name in sorted(set(FILES) - {"lookups", "synonyms"})
        for _, text in examples_of(name)
        if seen.setdefault(normalise(text), name) != name
    ]
    assert twice == []


def test_a_quarter_of_all_phrases_was_heard_over_the_telephone():
    every, heard = counts(load_examples()), dict.fromkeys(Intent, 0)
    for intent, _ in examples_of("recognised"):
        heard[Intent(intent)] += 1
    assert sum(heard.values()) >= NOISED * sum(every.values())
    assert {label: heard[label] / every[label] for label in Intent if heard[label] < NOISED / 2 * every[label]} == {}


def test_words_of_danger_stand_under_other_intents_as_often():
    found = examples_of("lookalikes")
    assert Intent.EMERGENCY not in {intent for intent, _ in found}
    assert len({text for _, text in found}) >= LOOKALIKES
    assert len({intent for intent, _ in found}) >= 15


def test_no_phrase_repeats_the_development_split():
    texts = {normalise(example.text) for example in load_examples()}
    files = (Path(__file__).parents[2] / "data").glob("nlu_*.jsonl")
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    dev = {normalise(text) for line in lines for text in (line["text"], line.get("said", ""))}
    longer = {text for text in dev if len(text.split()) > 3}
    assert longer & texts == set()


def write(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text('version: "3.1"\nnlu:\n' + body, encoding="utf-8")


def test_a_phrase_under_two_intents_is_named(tmp_path):
    write(tmp_path, "a.yml", "- intent: affirm\n  examples: |\n    - Да, конечно\n")
    write(tmp_path, "b.yml", "- intent: deny\n  examples: |\n    - да конечно\n")
    with pytest.raises(TrainingDataError, match=r"да конечно.*affirm.*deny"):
        load_examples(tmp_path)


def test_an_unknown_label_is_named_with_its_file(tmp_path):
    write(tmp_path, "a.yml", "- intent: yes\n  examples: |\n    - да\n")
    with pytest.raises(TrainingDataError, match=r"a\.yml: 'yes'"):
        load_examples(tmp_path)


def test_markup_of_entities_is_stripped(tmp_path):
    write(
        tmp_path, "a.yml", '- intent: inform\n  examples: |\n    - к [лору](specialty) на [завтра]{"entity": "date"}\n'
    )
    assert [example.text for example in load_examples(tmp_path)] == ["к лору на завтра"]


def test_every_synonym_belongs_to_a_specialty():
    assert set(synonyms()) <= set(specialties())
    assert bullet_lines("- а\n- б\n") == ["а", "б"]


def test_frequent_words_are_counted_folded_and_without_numbers() -> None:
    texts = ("Ещё раз", "еще 5", "раз и 5")
    phrases = tuple(Example(text=text, intent=Intent.REPEAT) for text in texts)
    assert set(frequent_words(phrases, 2)) == {"еще", "раз"}
