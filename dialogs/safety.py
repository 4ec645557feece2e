"""What stands above every script: danger to life, "оператор", "не звоните мне", "вы робот?"."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from dialogs.slots.lexicon import read_yaml

_FILE: Final = Path(__file__).with_name("safety.yml")


class RedFlag(IntEnum):
    """How dangerous the words are: nothing heard, ask about it, act at once."""

    NONE = 0
    WEAK = 1
    STRONG = 2


class SafetyLexicon(BaseModel):
    """The patterns of safety.yml; every list must hold something, every pattern must compile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strong: tuple[re.Pattern[str], ...] = Field(min_length=1)
    weak: tuple[re.Pattern[str], ...] = Field(min_length=1)
    suppressors: tuple[re.Pattern[str], ...] = Field(min_length=1)
    operator: tuple[re.Pattern[str], ...] = Field(min_length=1)
    do_not_call: tuple[re.Pattern[str], ...] = Field(min_length=1)
    robot_question: tuple[re.Pattern[str], ...] = Field(min_length=1)


@lru_cache(maxsize=1)
def lexicon() -> SafetyLexicon:
    """Return the shipped lexicon; a faulty file raises pydantic.ValidationError naming the pattern."""
    return SafetyLexicon.model_validate(read_yaml(_FILE))


def red_flag(text: str) -> RedFlag:
    """Grade a normalised text; a suppressor ("год назад", "не скорую") lowers strong to weak, never to nothing."""
    words = lexicon()
    if _any(words.strong, text):
        return RedFlag.WEAK if _any(words.suppressors, text) else RedFlag.STRONG
    return RedFlag.WEAK if _any(words.weak, text) else RedFlag.NONE


def is_calmed(text: str) -> bool:
    """Tell whether a normalised text says that the danger is past, or somebody else's: then it is asked about."""
    return _any(lexicon().suppressors, text)


def wants_human(text: str) -> bool:
    """Tell whether a normalised text asks for a person."""
    return _any(lexicon().operator, text)


def wants_no_calls(text: str) -> bool:
    """Tell whether a normalised text forbids calling."""
    return _any(lexicon().do_not_call, text)


def asks_if_robot(text: str) -> bool:
    """Tell whether a normalised text asks who is speaking, a robot or a person."""
    return _any(lexicon().robot_question, text) and not wants_human(text)


def _any(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)
