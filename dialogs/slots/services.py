"""Examinations, tests and vaccines: "ультразвук щитовидки" -> узи щитовидной железы."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from dialogs.slots import morph
from dialogs.slots.lexicon import HERE, Said, read_yaml, said_table
from dialogs.slots.mentions import Mention, Reading

_FILE: Final = "services.yml"
_GAP: Final = (
    r"(?: (?:на|от|по|и|крови|кровь|органов|полости|это|делать|сделать|про|против|области|отдела|железы|"
    r"сдать|сдавать)){0,3} "
)
_TAKEN: Final = r"анализ\w*|тест\w*|мазок|сда\w+|сдам|кровь"
_GIVEN: Final = r"сда\w+|бер[еу]\w*|брать|берут|возьм\w+|принима\w+|занести|готов\w*"
_ASIDE: Final = r"(?: [а-я,]+){0,9}"
_PRICKED: Final = (
    r"прививк\w*|прививать\w*|прививают\w*|привить\w*|вакцин\w+|укол\w*|дозу|доза|кол(?:ете|ют|ем|оть)|"
    r"став(?:ите|ят|ить|им)"
)
_LIKE: Final = 84
_WIDEST: Final = 2
_WIDEST_SCAN: Final = 5
_OF_ORGAN: Final = r"(?: (?:полост\w*|желез\w*|отдел\w*|позвоночник\w*|мозг\w*|сустав\w*|клетк\w*|пузыр\w*|ше[ия]))*"
"""What the name of an organ may end in: it is no word of its own."""

_Rule = tuple[re.Pattern[str], str, int]
"""What is said, its name, and over how many words more than one that may stretch."""


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    """Return the rules, the more specific first: vaccines and organs before plain words and bare scans."""
    table = said_table(_FILE)
    scans = table["scans"]
    pairs = [*_vaccine_rules(table["vaccines"])]
    organs = [
        (rf"(?:{scan.pattern}){_GAP}(?:{organ.pattern}){_OF_ORGAN}", f"{scan.value} {organ.value}")
        for scan in scans
        for organ in table["organs"]
    ]
    pairs += organs
    pairs += [(rule.pattern, rule.value) for rule in table["plain"]]
    pairs += [(rf"(?:{_TAKEN}){_GAP}(?:{rule.pattern})", rule.value) for rule in table["analyses"]]
    pairs += [
        *((rf"(?:{rule.pattern}) (?:[а-я]+ )?(?:сда[юеват]\w*|сдать|сдам)", rule.value) for rule in table["analyses"]),
        *((rf"(?:{rule.pattern}) (?:на|для) (?:общ\w+ )?анализ\w*", rule.value) for rule in table["analyses"]),
        (rf"кров(?:ь|и|ушк\w+)(?: [а-я]+){{0,5}} (?:{_GIVEN})|результат\w* крови", "анализ крови"),
        (
            rf"моч(?:[ауи]|ой) (?:[а-я]+ ){{0,5}}(?:{_GIVEN})|(?:результат\w*|по моей|по нашей) моч[еи]",
            "анализ мочи",
        ),
    ]
    pairs += [(scan.pattern, scan.value) for scan in scans if scan.value != "рентген"]
    pairs += [(r"рентген\w*", "рентген"), (r"анализ\w*", "анализы")]
    scanned = {name for _, name in organs}
    return tuple(
        (re.compile(rf"\b(?:{pattern})\b"), name, _WIDEST_SCAN if name in scanned else _WIDEST)
        for pattern, name in pairs
    )


def _vaccine_rules(vaccines: tuple[Said, ...]) -> Iterator[tuple[str, str]]:
    for vaccine in vaccines:
        name = f"прививка от {vaccine.value}"
        yield rf"(?:прив\w+|вивк\w+|вакцин\w+|уколоть\w*|укол\w*){_GAP}(?:{vaccine.pattern})", name
        yield (
            rf"от (?:{vaccine.pattern}){_ASIDE} (?:прив\w+|вакцин\w+|уколоть\w*|кол(?:ете|ют|ем|оть)|став(?:ите|ят))",
            name,
        )
        yield rf"(?:прив(?:ить\w*|ив\w+)|вакцин\w+){_ASIDE} (?:{vaccine.pattern})", name
        yield rf"(?:{vaccine.pattern}){_ASIDE} (?:{_PRICKED})", name
        yield rf"(?:от|против) (?:{vaccine.pattern})(?! (?:чего|что|умер|лечи|пить|принима))", name


def find_service(reading: Reading) -> Mention | None:
    """Find the service named; the clinic's own list is tried too, for names the shipped rules do not know."""
    text, starts = _joined(reading)
    for pattern, name, widest in _rules():
        match = pattern.search(text)
        if match is not None and not _is_denied(text, match.start()):
            first, last = _place(starts, match.start()), _place(starts, match.end() - 1)
            # "кровь в субботу берёте": what stands between is not part of the name
            return Mention(start=first, end=(last if last - first <= widest else first) + 1, value=name)
    return _from_directory(reading, text)


def _joined(reading: Reading) -> tuple[str, list[int]]:
    """Return the free words as one string, used ones blanked, and where each token starts in it."""
    pieces: list[str] = []
    starts: list[int] = []
    position = 0
    for index, token in enumerate(reading.tokens):
        text = "," if index in reading.used or token.kind == "stop" else _mended(token.text)
        starts.append(position)
        pieces.append(text)
        position += len(text) + 1
    return " ".join(pieces), starts


@lru_cache(maxsize=1)
def _misheard() -> tuple[str, ...]:
    """Return the service words that recognisers garble, as they should read."""
    return tuple(read_yaml(HERE / _FILE)["misheard"])


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """Return the service word that an unknown word was probably meant to be."""
    if len(word) < 7 or morph.is_known(word):
        return word
    for name in _misheard():
        stem, most = name[:-1], min(2, len(name[:-1]) // 4)
        # the end is an ending; of a word whose beginning was lost the rest is compared
        if any(Levenshtein.distance(word[:length], stem) <= most for length in (len(stem), len(stem) - most)):
            return name
    return word


def _place(starts: list[int], position: int) -> int:
    return max(index for index, start in enumerate(starts) if start <= position)


def _is_denied(text: str, position: int) -> bool:
    return f" {text[:position]}".rstrip().endswith((" не", " кроме", " не на"))


def _from_directory(reading: Reading, text: str) -> Mention | None:
    if not reading.directory.services:
        return None
    best = process.extractOne(
        text, reading.directory.services, scorer=fuzz.partial_token_sort_ratio, score_cutoff=_LIKE
    )
    if best is None or len(best[0]) < 4:
        return None
    return Mention(start=0, end=0, value=best[0])
