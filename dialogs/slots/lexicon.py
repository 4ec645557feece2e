"""The shipped word lists: specialties and services with everything callers say for them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from ruamel.yaml import YAML

from dialogs.slots import morph

HERE: Final = Path(__file__).parent
DATA: Final = HERE.parent / "nlu" / "data"


def read_yaml(path: Path) -> Any:
    """Read a YAML 1.2 file, where yes and no are plain words as Rasa reads them."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def bullet_lines(block: str) -> list[str]:
    """Return the items of a Rasa `examples: |` block."""
    return [line[2:].strip() for line in block.splitlines() if line.startswith("- ") and line[2:].strip()]


class Said(BaseModel):
    """A value and the pattern of what callers say for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str = Field(alias="is", min_length=1)
    compiled: re.Pattern[str] = Field(alias="said")

    @property
    def pattern(self) -> str:
        """The pattern as written."""
        return self.compiled.pattern


_TABLE: Final = TypeAdapter(dict[str, tuple[Said, ...]])


@lru_cache(maxsize=8)
def said_table(file: str) -> dict[str, tuple[Said, ...]]:
    """Return section -> rules of a word file beside this module; a fault raises pydantic.ValidationError."""
    sections = read_yaml(HERE / file)
    rules = {name: rows for name, rows in sections.items() if rows and isinstance(rows[0], dict)}
    return _TABLE.validate_python(rules)


@lru_cache(maxsize=64)
def first_said(file: str, section: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the compiled rules of a section."""
    return tuple((rule.compiled, rule.value) for rule in said_table(file)[section])


@lru_cache(maxsize=1)
def _word_lists() -> dict[str, frozenset[str]]:
    lists = read_yaml(HERE / "words.yml")
    return {name: frozenset(str(word) for word in words) for name, words in lists.items()}


def word_list(name: str) -> frozenset[str]:
    """Return one list of words.yml."""
    return _word_lists()[name]


@lru_cache(maxsize=1)
def synonyms() -> dict[str, tuple[str, ...]]:
    """Return canonical value -> spoken variants from the `synonym` sections of the training data."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in read_yaml(DATA / "synonyms.yml")["nlu"]:
        found[entry["synonym"]] = tuple(bullet_lines(entry["examples"]))
    return found


@lru_cache(maxsize=1)
def specialties() -> tuple[str, ...]:
    """Return the canonical specialties, from the `lookup` section of the training data."""
    for entry in read_yaml(DATA / "lookups.yml")["nlu"]:
        if entry["lookup"] == "specialty":
            return tuple(bullet_lines(entry["examples"]))
    return ()


@lru_cache(maxsize=1)
def specialty_forms() -> dict[tuple[str, ...], str]:
    """Return every inflected variant, as a tuple of words, -> canonical specialty."""
    table: dict[tuple[str, ...], str] = {}
    for name in specialties():
        for variant in (name, *synonyms().get(name, ())):
            for form in _phrase_forms(variant):
                table[form] = name
    return table


@lru_cache(maxsize=1)
def often_torn() -> frozenset[str]:
    """Return long words that recognisers tear into two known ones: specialties, weekdays, words of the registry."""
    long = {words[0] for words in specialty_forms() if len(words) == 1 and len(words[0]) > 6}
    return frozenset(long | {form for word in word_list("torn") for form in morph.forms(word)})


def _phrase_forms(phrase: str) -> set[tuple[str, ...]]:
    words = phrase.split()
    if len(words) == 1:
        return {(form,) for form in morph.forms(words[0]) | {words[0]}}
    found = {tuple(words)}
    if "NOUN" in morph.parses(words[0])[0].tag:
        return found | {(form, *words[1:]) for form in morph.forms(words[0])}
    adjective, noun = words[0], words[-1]
    for parse in morph.parses(noun)[0].lexeme:
        agreed = morph.parses(adjective)[0].inflect(_grammemes(parse.tag))
        if agreed is not None:
            middle = words[1:-1]
            found.add((agreed.word.replace("ё", "е"), *middle, parse.word.replace("ё", "е")))
    return found


def _grammemes(tag: Any) -> frozenset[str]:
    wanted = {tag.case, tag.number}
    if tag.number == "sing":
        wanted.add(tag.gender)
    if tag.case == "accs" and tag.number == "sing" and tag.gender == "masc":
        wanted.add("anim")
    return frozenset(item for item in wanted if item)
