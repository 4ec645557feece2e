"""What one reading of the words misses: corrections in one breath, several wishes, parts of an address or a name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from dialogs.nlu.decide import request_parts
from dialogs.port import FALLBACK, Intent, Interpretation, NluContext, State, Understands
from dialogs.slots.extract import extract

_CORRECTED = re.compile(
    r"\b(?:ой,? нет|ай,? нет|хотя нет|нет,? лучше|вернее|точнее|то есть|погодите,? нет)\b,?\s*", re.I
)
_NOT_BUT = re.compile(r"\bне [а-яё]+,? а ", re.I)
_NAME_SAID = re.compile(r"\b(?:фамили|имя|имени|отчеств|зовут)|\bне [а-яё]+,? а ", re.I)
_HOUSE_SAID = re.compile(r"\b(?:кварт|дом|корпус|подъезд)", re.I)
_RELATIVE = r"(?:муж|жен|сын|доч|мам|пап|ребен|ребён|брат|сестр|внук|внуч|бабушк|дедушк)\w*"
_AND_TO = re.compile(
    r",? и (?:ещ[её] |также |потом |заодно |сразу )*(?=(?:к|на|у)\b)|, (?:а )?(?:ещ[её]|потом|заодно) (?=(?:к|на)\b)"
    rf"|,? а (?=(?:меня|мне|{_RELATIVE}) (?:к|на)\b)",
    re.I,
)
_ALSO_TELL = re.compile(
    r",? (?=(?:и |а )?(?:под)?скажите\b)|, (?=(?:а |и )?(?:сколько|где|какой|какие|как|до скольки|во сколько)\b)", re.I
)
_ME_AND = re.compile(rf"\b(?:меня|мне|нас|нам) (?:и|с|вместе с) ({_RELATIVE})", re.I)
_ALSO = re.compile(rf",? и ({_RELATIVE}) тоже\b", re.I)
_ME = re.compile(r"\b(?:меня|мне)\b", re.I)
_LEADING_UP: Mapping[str, tuple[str, ...]] = {
    Intent.RESCHEDULE_APPOINTMENT: (Intent.CONFIRM_VISIT, Intent.CANCEL_APPOINTMENT),
    Intent.CANCEL_APPOINTMENT: (Intent.CONFIRM_VISIT,),
}
"""«Я записан на завтра» before «хочу перенести» is the same wish."""
_SURE = 0.6
"""Confidence from which a part of an utterance is a wish of its own."""
_AIMS = ("specialty", "doctor", "service")
_SIDE_TALK = frozenset(
    {
        FALLBACK,
        Intent.AFFIRM,
        Intent.DENY,
        Intent.INFORM,
        Intent.SMALLTALK,
        Intent.GOODBYE,
        Intent.REPEAT,
        Intent.OUT_OF_SCOPE,
        Intent.SPAM,
    }
)


async def look_again(
    said: Interpretation, context: NluContext, understands: Understands, asked: Collection[str]
) -> Interpretation:
    """Return the reading with what a closer look adds; `asked` are the slots that the question takes."""
    said = _corrected(said, context)
    said = _part_of(said, context, asked, "address", State.ASK_ADDRESS, _HOUSE_SAID, said.text)
    said = _part_of(said, context, asked, "person_name", State.ASK_NAME, _NAME_SAID, _NOT_BUT.sub("", said.text))
    if said.intent in (Intent.BOOK_APPOINTMENT, Intent.VACCINATION):
        said = _several_people(_several_aims(said, context))
    pieces = [part for piece in request_parts(said.text) for part in _ALSO_TELL.split(piece)]
    if said.parts or len(pieces) < 2 or said.intent in _SIDE_TALK or said.emergency:
        return said
    return await _several_wishes(said, context, understands, pieces)


def _corrected(said: Interpretation, context: NluContext) -> Interpretation:
    """«К терапевту, ой нет, лучше к кардиологу»: what was said last is meant."""
    before, *after = _CORRECTED.split(said.text)
    if not after or not before.strip():
        return said
    meant = extract(after[-1], context).slots
    if not meant:
        return said
    stale = _AIMS if any(name in meant for name in _AIMS) else ()
    kept = {name: value for name, value in said.slots.items() if name not in stale}
    return replace(said, slots=kept | meant)


def _part_of(
    said: Interpretation,
    context: NluContext,
    asked: Collection[str],
    slot: str,
    state: State,
    named: re.Pattern[str],
    text: str,
) -> Interpretation:
    """«Квартира шесть», «не Мария, а Марина» where something already known may be set right."""
    if slot not in asked or slot in said.slots or context.state == state or not named.search(said.text):
        return said
    found = extract(text, replace(context, state=state)).slots.get(slot)
    return replace(said, slots={**said.slots, slot: found}) if found else said


def _several_aims(said: Interpretation, context: NluContext) -> Interpretation:
    """«К лору завтра и к окулисту в среду»: the first now, the others are wishes of their own."""
    pieces = _AND_TO.split(said.text)
    if len(pieces) > 2 and not _aims_in(pieces[0], context):  # «мне нужно и к лору, и к окулисту»
        pieces[:2] = [" ".join(pieces[:2])]
    found = [_aims_in(piece, context) for piece in pieces]
    if len(pieces) < 2 or not all(found):
        return said
    kept = {name: value for name, value in said.slots.items() if name not in (*_AIMS, "date", "time")}
    return replace(said, slots=kept | dict(found[0]), parts=tuple(f"запишите {piece.strip()}" for piece in pieces[1:]))


def _aims_in(words: str, context: NluContext) -> Mapping[str, str]:
    """Slots of words that name a doctor or a service; none of others."""
    slots = extract(words, context).slots
    return slots if any(name in slots for name in _AIMS) else {}


async def _several_wishes(
    said: Interpretation, context: NluContext, understands: Understands, pieces: Sequence[str]
) -> Interpretation:
    """The words of every wish but the one that is served first; what only leads up to it is none."""
    rest: list[str] = []
    served = False
    for piece in pieces:
        read = await understands.interpret(piece, replace(context, state=State.OPEN))
        if read.intent == said.intent and not served:
            served = True
        elif read.intent == Intent.SICK_LEAVE and read.slots.get("sick_leave_action") == "open" and _is_visit(said):
            said = replace(said, intent=Intent.SICK_LEAVE, intents=(Intent.SICK_LEAVE,))  # the visit is part of it
        elif read.intent not in (*_SIDE_TALK, *_LEADING_UP.get(said.intent, ()), said.intent):
            rest += [piece] if read.confidence >= _SURE else []
    return replace(said, parts=tuple(rest))


def _is_visit(said: Interpretation) -> bool:
    return said.intent in (Intent.BOOK_APPOINTMENT, Intent.HOME_VISIT)


def _several_people(said: Interpretation) -> Interpretation:
    """«Меня и мужа к терапевту», «меня к терапевту и мужа тоже»: the caller first, then the other one."""
    also, found = _ALSO.search(said.text), _ME_AND.search(said.text)
    if also is not None and not said.parts and _ME.search(said.text):
        alone = said.text[: also.start()] + said.text[also.end() :]
        return replace(said, parts=(_ME.sub(also.group(1), alone, count=1),))
    if found is None or said.parts:
        return said
    other = f"{said.text[: found.start()]}{found.group(1)}{said.text[found.end() :]}"
    return replace(said, parts=(other,))
