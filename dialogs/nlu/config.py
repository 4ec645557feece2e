"""The settings of understanding: priors, thresholds and closed classes of policy.yml, validated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dialogs.port import Intent, State
from dialogs.slots.lexicon import read_yaml
from dialogs.slots.tokens import normalise

_FILE: Final = Path(__file__).with_name("policy.yml")
_BARE: Final = 1
_FRACTION: Final = r"один|два|три|четыре|пять|шесть|семь|восемь|девять|\d+"
"""After "и" these end a number: "тридцать семь и пять"."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(_Strict):
    """Probabilities at which one engine's answer is acted on, asked about or rejected."""

    act: float = Field(gt=0, lt=1)
    margin: float = Field(ge=0, lt=1)
    reject: float = Field(gt=0, lt=1)
    spam_act: float = Field(gt=0, lt=1)
    spam_ask: float = Field(gt=0, lt=1)
    emergency_act: float = Field(gt=0, lt=1)
    emergency_ask: float = Field(gt=0, lt=1)
    emergency_ask_answer: float = Field(gt=0, lt=1)
    """The same for an answer in mid-dialogue that holds numbers or words that no dictionary has."""
    temperature: float = Field(default=1, ge=1, le=10)
    """What an engine that is too sure of itself is softened by: its probabilities are raised to 1/temperature."""


class ClosedClass(_Strict):
    """Phrases that make a whole utterance one intent, in some states only."""

    intent: Intent
    phrases: tuple[str, ...] = Field(min_length=1)
    only: tuple[State, ...] = ()

    def applies(self, state: str) -> bool:
        """Tell whether the class counts in this state."""
        return not self.only or state in self.only

    @cached_property
    def folded(self) -> tuple[tuple[str, ...], ...]:
        """Return the phrases as tuples of normalised words."""
        return tuple(tuple(normalise(phrase).split()) for phrase in self.phrases)


class SlotBoost(_Strict):
    """Multipliers for intents where slots match; `groups` and `bare` restrict."""

    has: dict[str, re.Pattern[str]] = Field(min_length=1)
    weights: dict[Intent, float]
    groups: tuple[str, ...] = ()
    bare: bool = False

    def applies(self, slots: Mapping[str, str], group: str, unexplained: int) -> bool:
        """Tell whether the slots found justify the multipliers."""
        if (self.groups and group not in self.groups) or (self.bare and unexplained > _BARE):
            return False
        return all(name in slots and pattern.search(slots[name]) for name, pattern in self.has.items())


class Evidence(_Strict):
    """Words without which, or with which, an intent that commits something is not believed."""

    intent: Intent
    groups: tuple[str, ...] = Field(min_length=1)
    needs: re.Pattern[str]
    spoilt_by: re.Pattern[str] | None = None
    weight: float = Field(gt=0, lt=1)

    def doubts(self, text: str, group: str) -> bool:
        """Tell whether the words speak against the intent in a state of this group."""
        spoilt = self.spoilt_by is not None and bool(self.spoilt_by.search(text))
        return group in self.groups and (spoilt or not self.needs.search(text))


class Cue(_Strict):
    """Words that speak for an intent whatever else was heard."""

    intent: Intent
    said: re.Pattern[str]
    weight: float = Field(gt=1)


class Split(_Strict):
    """How two requests in one utterance are told apart."""

    connectors: tuple[str, ...]
    openers: tuple[str, ...]
    questions: tuple[str, ...]
    min_words: int = Field(ge=1)
    min_probability: float = Field(gt=0, lt=1)

    @cached_property
    def borders(self) -> re.Pattern[str]:
        """Return what matches the borders between requests in a folded text: stops, connectors, a comma and opener."""
        return re.compile(
            rf"[.?!;]+|,\s*(?=(?:{_either(self.openers)})\b)|\s(?=(?:{_either(self.questions)})\b)"
            rf"|\b(?:{_either(self.connectors)})\b(?! (?:{_FRACTION})\b)"
        )


def _either(phrases: tuple[str, ...]) -> str:
    """Return a pattern of the phrases, the longer first."""
    return "|".join(re.escape(one) for one in sorted(map(normalise, phrases), key=len, reverse=True))


class NluPolicy(_Strict):
    """Everything of understanding that is a number or a word list."""

    groups: dict[str, tuple[State, ...]]
    priors: dict[str, dict[Intent, float]]
    slot_boosts: tuple[SlotBoost, ...]
    evidence: tuple[Evidence, ...]
    cues: tuple[Cue, ...]
    asked_hints: dict[State, tuple[str, ...]]
    asked_slots: dict[State, tuple[str, ...]]
    thresholds: dict[str, Thresholds]
    guarded: tuple[Intent, ...]
    fillers: tuple[str, ...]
    particles: tuple[str, ...]
    closed: tuple[ClosedClass, ...]
    contradictions: tuple[str, ...]
    split: Split

    @model_validator(mode="after")
    def _states_and_groups(self) -> NluPolicy:
        grouped = [state for states in self.groups.values() for state in states]
        missing = sorted(set(State) - set(grouped))
        if missing or len(grouped) != len(set(grouped)):
            raise ValueError(f"every state stands in exactly one group; missing: {missing}")
        for name, weights in self.priors.items():
            lowered = [i for i in (Intent.EMERGENCY, Intent.OPERATOR) if weights.get(i, 1.0) < 1.0]
            if name not in self.groups or lowered:
                raise ValueError(f"priors of {name!r}: unknown group, or {lowered} lowered")
        return self

    @cached_property
    def group_of(self) -> dict[str, str]:
        """Return state -> group of priors."""
        return {str(state): name for name, states in self.groups.items() for state in states}

    def prior(self, state: str) -> dict[Intent, float]:
        """Return the multipliers of a state; unknown states have none."""
        return self.priors.get(self.group_of.get(state, ""), {})

    def slots_asked(self, state: str) -> tuple[str, ...]:
        """Return the slots that answer the question of a state; unknown states ask for none."""
        return self.asked_slots.get(State(state), ()) if state in set(State) else ()

    def hints_asked(self, state: str) -> tuple[str, ...]:
        """Return the hints that answer the question of a state."""
        return self.asked_hints.get(State(state), ()) if state in set(State) else ()

    @cached_property
    def folded_fillers(self) -> frozenset[tuple[str, ...]]:
        """Return fillers as tuples of normalised words."""
        return frozenset(tuple(normalise(filler).split()) for filler in self.fillers)

    @cached_property
    def folded_particles(self) -> frozenset[tuple[str, ...]]:
        """Return words of asking again that ask for nothing beside an answer."""
        return frozenset(tuple(normalise(particle).split()) for particle in self.particles)

    @cached_property
    def folded_contradictions(self) -> frozenset[str]:
        """Return phrases that say neither yes nor no."""
        return frozenset(normalise(phrase) for phrase in self.contradictions)


@lru_cache(maxsize=1)
def policy() -> NluPolicy:
    """Return the shipped policy; a fault in the file raises pydantic.ValidationError naming its place."""
    return NluPolicy.model_validate(read_yaml(_FILE))
