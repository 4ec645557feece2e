"""From probabilities to a decision: priors of the state, thresholds, spam, the second request in one breath."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dialogs.nlu.config import Thresholds, policy
from dialogs.port import Intent, Policy, Ranking
from dialogs.slots import morph
from dialogs.slots.tokens import fold, normalise

REQUESTS: Final = frozenset({
    Intent.BOOK_APPOINTMENT, Intent.RESCHEDULE_APPOINTMENT, Intent.CANCEL_APPOINTMENT, Intent.CONFIRM_VISIT,
    Intent.VACCINATION, Intent.HOME_VISIT, Intent.SICK_LEAVE, Intent.PREP_INFO, Intent.LAB_HOURS, Intent.CLINIC_HOURS,
    Intent.CLINIC_ADDRESS, Intent.PRICE_INSURANCE, Intent.TEST_RESULTS, Intent.DOCUMENTS, Intent.OPERATOR,
    Intent.COMPLAINT, Intent.EMERGENCY,
})  # fmt: skip
_PREDICATES: Final = frozenset({
    "нужно", "надо", "можно", "нужен", "нужна", "нужны", "сколько", "где", "как", "когда", "какие", "какой", "есть",
    "почем", "куда", "бы",
    "ли", "натощак", "цену", "во", "до", "готов", "готовы", "записан", "записана", "должен", "должна",
    "адрес", "цена", "стоимость", "платно", "бесплатно",
})  # fmt: skip
_TOPICS: Final = frozenset({"цену", "стоимость", "адрес", "почем", "платно", "бесплатно"})
"""One of these alone is asked for: "запишите и скажите цену"."""
_MARKER_SLOTS: Final = ("specialty", "service", "birth_date", "sick_leave_number", "sick_leave_action", "doctor")
_SYMPTOMS: Final = re.compile(
    r"\b(?:бол(?:ит|ят|ел|ею|ь|и)\b|температур|кашл|насморк|тошн|рвот|сып[ьи]|заболе|простуд|давлени|зуб|беремен|"
    r"поясниц|спин[ауые]\b|прихват|ломит|озноб|знобит|слабость|живот|горл[оа]|сопл|ух[оа]\b|колет|ноет|кружится|"
    r"ребен|сын\w?\b|дочк|мам[аеуы]\b|бабушк|мо(?:й|я|его|ей) запис|приду\b|на прием|к врачу|врача на дом|анализ)"
)


def with_prior(ranking: Sequence[tuple[str, float]], state: str, boosts: Mapping[str, float] | None = None) -> Ranking:
    """Weigh a ranking by the state's prior and other boosts, and renormalise."""
    weights = policy().prior(state)
    extra = boosts or {}
    weighed = [(name, p * weights.get(Intent(name), 1.0) * extra.get(name, 1.0)) for name, p in ranking]
    total = sum(p for _, p in weighed) or 1.0
    return tuple(sorted(((name, p / total) for name, p in weighed), key=lambda pair: -pair[1]))


def decide(ranking: Ranking, thresholds: Thresholds) -> tuple[Policy, tuple[str, ...]]:
    """Return what to do with the top intent, and the intents to offer where a question is needed."""
    top, p = ranking[0]
    second, q = ranking[1] if len(ranking) > 1 else ("", 0.0)
    if p < thresholds.reject:
        return "reject", tuple(name for name, _ in ranking[:3])
    if top == Intent.SPAM:
        return ("act" if p >= thresholds.spam_act else "confirm"), (top,)
    if p < thresholds.act or p - q < thresholds.margin:
        close = p - q < thresholds.margin and q >= thresholds.reject / 2
        return ("choose", (top, second)) if close else ("confirm", (top,))
    return ("confirm" if Intent(top) in policy().guarded else "act"), (top,)


def is_patient(text: str, slots: Mapping[str, str]) -> bool:
    """Tell whether only a patient says such a thing: a specialty, a service, a symptom, a birth date."""
    return any(name in slots for name in _MARKER_SLOTS) or bool(_SYMPTOMS.search(text))


def is_garbled(text: str) -> bool:
    """Tell whether a recogniser made words up: fewer than two thirds of the longer words are in the dictionary."""
    words = [word for word in text.split() if word.isalpha() and len(word) > 3]
    known = sum(morph.is_known(word) for word in words)
    return bool(words) and known < len(words) * 2 / 3


def is_misheard(text: str) -> bool:
    """Tell whether a recogniser made up a word of it."""
    return any(word.isalpha() and len(word) > 3 and not morph.is_known(word) for word in text.split())


def request_parts(text: str) -> list[str]:
    """Split an utterance where two requests may meet; both sides must hold a predicate. One part: nothing to split."""
    split = policy().split
    pieces = [normalise(piece) for piece in split.borders.split(fold(text))]
    parts: list[str] = []
    for piece in filter(None, pieces):
        if _is_request(piece, split.min_words) or not parts:
            parts.append(piece)
        else:
            parts[-1] += " " + piece
    if len(parts) > 1 and not _is_request(parts[0], split.min_words):
        parts[:2] = [" ".join(parts[:2])]
    return parts


def _is_request(piece: str, min_words: int) -> bool:
    words = piece.split()
    if len(words) < min_words and not _TOPICS & set(words):
        return False
    return any(
        word in _PREDICATES or {"VERB", "INFN", "PRED"} & set(morph.parses(word)[0].tag.grammemes) for word in words
    )


def _without_context(intents: list[str]) -> list[str]:
    """Take "записана на завтра. Хочу перенести" and "не смогу прийти. Перенесите" for the one request they are."""
    if Intent.RESCHEDULE_APPOINTMENT not in intents:
        return intents
    return [name for name in intents if name not in (Intent.CONFIRM_VISIT, Intent.CANCEL_APPOINTMENT)]


def order_intents(main: str, parts: Sequence[Ranking]) -> tuple[str, ...]:
    """Return all intents of an utterance, the one to handle first in front, from the ranking of each part."""
    sure = policy().split.min_probability
    found = [part[0][0] for part in parts if part[0][1] >= sure and part[0][0] in REQUESTS]
    if main not in REQUESTS or len(set(found)) < 2:
        return (main,)
    ordered = _without_context(list(dict.fromkeys(found)))
    if len(ordered) < 2:
        return (ordered[0],)
    first_is_sure = parts[0][0][1] >= 0.6 and parts[0][0][0] == ordered[0]
    if Intent.EMERGENCY in ordered:
        ordered.insert(0, ordered.pop(ordered.index(Intent.EMERGENCY)))
    elif main not in ordered or not first_is_sure:
        ordered = [main, *(name for name in ordered if name != main)]
    return tuple(str(name) for name in ordered[:3])
