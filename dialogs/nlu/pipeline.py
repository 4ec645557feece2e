"""Understanding one utterance, the same for every engine: guard, red flags, lists, slots, ranking, decision."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from dialogs.nlu.beside import beside
from dialogs.nlu.closed import ClosedAnswer, closed_answer, only_fillers
from dialogs.nlu.config import Thresholds, policy
from dialogs.nlu.decide import (
    REQUESTS,
    decide,
    is_garbled,
    is_misheard,
    is_patient,
    order_intents,
    request_parts,
    with_prior,
)
from dialogs.nlu.synonyms import reworded
from dialogs.port import FALLBACK, Guard, Intent, Interpretation, NluContext, NluEngine, Ranking, State
from dialogs.safety import RedFlag, asks_if_robot, is_calmed, red_flag, wants_human, wants_no_calls
from dialogs.slots.extract import Extraction, extract
from dialogs.slots.tokens import normalise, tokenize

RankNow = Callable[[str, str], Sequence[tuple[str, float]]]

_SAMPLES: Final = (
    "запишите иванову анну петровну к терапевту смирновой на двадцать пятое в девять тридцать",
    "узи брюшной полости, восемь девятьсот шестнадцать сто одиннадцать двадцать два ноль один",
    "врача на дом, улица ленина дом пять квартира двенадцать, температура тридцать восемь",
)
_GREETINGS: Final = frozenset({"алло", "здравствуйте"})
_DICTATED: Final = frozenset({State.ASK_PHONE, State.ASK_BIRTH, State.ASK_SICK_NUMBER})
_SEVERAL: Final = 4
"""So many digits where digits were asked for are an answer, however many of them were misheard."""
_CALMED_ASK: Final = 0.3
"""From this on such talk is asked about where no word of danger was said: "нет, выздоровела я" is not."""
_LISTED: Final = 0.98
_INFORMED: Final = 0.96
_UNSIGNED_ACT: Final = 0.6
"""Without any word of danger the engine must be this sure before 103 is named; from `emergency_ask` on it is asked."""
_CALMED_ACT: Final = 0.8
"""Talk of the past, of a film, of a dog, an answer asked for: the engine must be this sure, else it is asked about."""

_FREE: Final = frozenset({State.OPEN, State.ASK_SYMPTOMS, State.ASK_MORE, State.ASK_REASON})
"""Where callers tell of themselves; elsewhere what a recogniser made of a name or a date sounds like anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What rules alone say, and the texts an engine must rank (none where rules suffice)."""

    text: str
    normalized: str
    context: NluContext
    flag: RedFlag
    extraction: Extraction
    guard: Guard = ""
    decided: str = ""
    to_rank: tuple[str, ...] = ()


class Understander:
    """Understanding with one engine."""

    def __init__(self, engine: NluEngine, synonyms: Mapping[str, str] | None = None) -> None:
        """Take the engine; its thresholds are the ones policy.yml gives its name, else those of "embedded".

        `synonyms` are a clinic's own words, said -> meant: what is heard is understood as if they had not been used.
        """
        warm_up()
        self._engine = engine
        self._synonyms = dict(synonyms or {})
        self._thresholds = policy().thresholds.get(engine.name, policy().thresholds["embedded"])

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        """Understand one utterance."""
        started = time.perf_counter()
        draft = prepare(reworded(text, self._synonyms), context)
        rankings = [await self._engine.rank(piece, context.state) for piece in draft.to_rank]
        return _timed(replace(finish(draft, rankings, self._thresholds), text=text), started)


def interpret_ranked(text: str, context: NluContext, rank: RankNow, *, engine: str = "embedded") -> Interpretation:
    """Understand one utterance in the calling thread, with an engine's synchronous ranking."""
    started = time.perf_counter()
    draft = prepare(text, context)
    rankings = [rank(piece, context.state) for piece in draft.to_rank]
    return _timed(finish(draft, rankings, policy().thresholds[engine]), started)


def _timed(interpretation: Interpretation, started: float) -> Interpretation:
    return replace(interpretation, ms=(time.perf_counter() - started) * 1000)


@lru_cache(maxsize=1)
def warm_up() -> None:
    """Load dictionaries and word files now, so that the first caller does not wait for them."""
    context = NluContext(state=State.OPEN, now=datetime(2026, 1, 1, tzinfo=UTC))
    for text in _SAMPLES:
        prepare(text, context)


def prepare(text: str, context: NluContext) -> Draft:
    """Apply everything that needs no engine."""
    normalized = normalise(text)
    extraction = extract(text, context)
    draft = Draft(text=text, normalized=normalized, context=context, flag=red_flag(normalized), extraction=extraction)
    guard = _guard(normalized)
    if guard and not _answers(context, extraction):
        return replace(draft, guard=guard)
    if draft.flag is RedFlag.NONE:
        listed = closed_answer(normalized, context.state)
        if listed is not None:
            return _from_list(draft, listed)
        if _answers(context, extraction) and extraction.unexplained == 0:
            return replace(draft, decided=Intent.INFORM)
    return replace(draft, to_rank=_texts(text, normalized))


def _guard(normalized: str) -> Guard:
    if not normalized:
        return "no_input"
    if normalized != "а" and not any(len(word) > 1 and word.replace("-", "").isalpha() for word in normalized.split()):
        return "unclear"
    greeted = _GREETINGS & set(normalized.split()) or "добрый день" in normalized
    return "unclear" if only_fillers(normalized) and normalized != "а" and not greeted else ""


def _answers(context: NluContext, extraction: Extraction) -> bool:
    """Tell whether what was just asked for, a slot or a hint, was said."""
    wanted = context.asked or policy().slots_asked(context.state)
    hinted = any(name in extraction.hints for name in policy().hints_asked(context.state))
    return hinted or any(name in extraction.slots for name in wanted)


def _from_list(draft: Draft, listed: ClosedAnswer) -> Draft:
    if listed.intent is None:
        return replace(draft, guard="unclear")
    return replace(draft, decided=str(listed.intent))


def _texts(text: str, normalized: str) -> tuple[str, ...]:
    parts = request_parts(text)
    return (normalized, *parts) if len(parts) > 1 else (normalized,)


def finish(draft: Draft, rankings: Sequence[Sequence[tuple[str, float]]], thresholds: Thresholds) -> Interpretation:
    """Put rules and rankings together."""
    base = _base(draft)
    if draft.guard:
        return replace(base, intent=FALLBACK, intents=(FALLBACK,), guard=draft.guard, policy="reject")
    if draft.decided:
        p = _INFORMED if draft.decided == Intent.INFORM else _LISTED
        sure: Ranking = ((draft.decided, p),)
        intents = (draft.decided, *_beside(draft, draft.decided))
        return replace(base, intent=draft.decided, intents=intents, confidence=p, ranking=sure)
    return _ranked(draft, base, rankings, thresholds)


def _base(draft: Draft) -> Interpretation:
    normalized = draft.normalized
    return Interpretation(
        text=draft.text, normalized=normalized, intent=FALLBACK, confidence=0.0, intents=(FALLBACK,),
        slots=draft.extraction.slots, hints=draft.extraction.hints,
        ask_red_flags=draft.flag is RedFlag.WEAK, emergency=draft.flag is RedFlag.STRONG,
        do_not_call=wants_no_calls(normalized), robot_question=asks_if_robot(normalized),
        wants_human=wants_human(normalized), patient_markers=is_patient(normalized, draft.extraction.slots),
    )  # fmt: skip


def _ranked(
    draft: Draft, base: Interpretation, rankings: Sequence[Sequence[tuple[str, float]]], thresholds: Thresholds
) -> Interpretation:
    state = draft.context.state
    ranking = with_prior(rankings[0], state, _boosts(draft, base))
    danger = dict(rankings[0]).get(Intent.EMERGENCY, 0.0)
    main, confidence = ranking[0]
    believed = main == Intent.EMERGENCY and not is_garbled(draft.normalized)  # made-up words are asked about
    enough = thresholds.emergency_act if base.ask_red_flags else _UNSIGNED_ACT
    asked = policy().group_of.get(state) == "ask" and not base.ask_red_flags  # "родилась …" misheard is no labour
    if is_calmed(draft.normalized) or asked:
        enough = _CALMED_ACT
    emergency = base.emergency or (danger >= enough and believed)
    ask = not emergency and (base.ask_red_flags or danger >= _enough_to_ask(draft, thresholds))
    if emergency:
        main, confidence = str(Intent.EMERGENCY), max(danger, confidence if base.emergency else danger, 0.9)
    elif main == Intent.EMERGENCY:
        main, confidence = ranking[1]
    action, alternatives = decide(ranking, thresholds)
    rejected = not emergency and confidence < thresholds.reject
    intents = _all_intents(main, _weighed_parts(draft, rankings[1:]), emergency)
    intents += tuple(name for name in _beside(draft, intents[0]) if name not in intents)
    moved = _moved_slots(draft) if main == Intent.RESCHEDULE_APPOINTMENT else base.slots
    return replace(
        base, slots=moved, intent=FALLBACK if rejected else intents[0], confidence=confidence, ranking=ranking,
        intents=(FALLBACK,) if rejected else intents, emergency=emergency, ask_red_flags=ask,
        policy="act" if emergency else action, alternatives=alternatives,
        spam_score=dict(ranking).get(Intent.SPAM, 0.0),
    )  # fmt: skip


def _enough_to_ask(draft: Draft, thresholds: Thresholds) -> float:
    """How sure of danger the engine must be, no word of danger being said, for the caller to be asked about it."""
    if is_calmed(draft.normalized):
        return _CALMED_ASK
    answers = draft.context.state not in _FREE
    numbers = any(token.kind == "num" for token in tokenize(draft.text))
    misread = answers and (numbers or is_misheard(draft.normalized))
    return thresholds.emergency_ask_answer if misread else thresholds.emergency_ask


def _beside(draft: Draft, main: str) -> tuple[str, ...]:
    return beside(draft.normalized, draft.context.state, main, REQUESTS)


def _moved_slots(draft: Draft) -> Mapping[str, str]:
    """Read the slots again, now knowing that a booking is being moved."""
    return extract(draft.text, draft.context, moving=True).slots


def _weighed_parts(draft: Draft, rankings: Sequence[Sequence[tuple[str, float]]]) -> list[Ranking]:
    texts = draft.to_rank[1:]
    return [with_prior(part, State.OPEN, _cued(text)) for text, part in zip(texts, rankings, strict=True)]


def _cued(text: str) -> dict[str, float]:
    """Return multipliers for the intents whose own words were said."""
    return {str(cue.intent): cue.weight for cue in policy().cues if cue.said.search(text)}


def _all_intents(main: str, parts: Sequence[Ranking], emergency: bool) -> tuple[str, ...]:
    if not parts:
        return (main,)
    ordered = order_intents(main, parts)
    if emergency:
        return (main, *(name for name in ordered if name != main))
    return tuple(name for name in ordered if name != Intent.EMERGENCY) or (main,)


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _boosts(draft: Draft, base: Interpretation) -> Mapping[str, float]:
    """Return multipliers that findings of the rules justify."""
    boosts = _cued(draft.normalized)
    group = policy().group_of.get(draft.context.state, "")
    answered = _answers(draft.context, draft.extraction)
    garbled = is_garbled(draft.normalized)
    weights = [
        (Intent.OPERATOR, 4.0, base.wants_human),
        (Intent.SPAM, 0.5, base.patient_markers),
        (Intent.SPAM, 0.1, garbled),
        (Intent.SMALLTALK, 4.0, base.robot_question),
        (Intent.INFORM, 4.0, answered or (group == "ask_symptoms" and base.patient_markers)),
        (Intent.INFORM, 0.3, group == "ask" and not answered and not garbled),
        (Intent.INFORM, 4.0, draft.context.state in _DICTATED and _digits(draft.normalized) >= _SEVERAL),
        (Intent.DENY, 6.0, group == "confirm" and draft.normalized.startswith("нет ")),
        (Intent.BOOK_APPOINTMENT, 0.1, answered and draft.context.state == State.ASK_SPECIALTY),
    ]
    weights += [(doubt.intent, doubt.weight, doubt.doubts(draft.normalized, group)) for doubt in policy().evidence]
    for boost in policy().slot_boosts:
        fits = boost.applies(draft.extraction.slots, group, draft.extraction.unexplained) and not (
            boost.bare and boosts
        )
        weights += [(intent, weight, fits) for intent, weight in boost.weights.items()]
    for intent, weight, applies in weights:
        if applies:
            boosts[intent] = boosts.get(intent, 1.0) * weight
    return boosts
