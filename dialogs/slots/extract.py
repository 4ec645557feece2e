"""All slots of one utterance, in the order in which their readings exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dialogs.port import NluContext
from dialogs.slots.addresses import find_address
from dialogs.slots.birth import find_birth_date
from dialogs.slots.clinic_words import POLICY_WORDS, find_policy_kind, find_sick_leave_action, spans_of
from dialogs.slots.digits import find_phone, find_sick_leave_number
from dialogs.slots.doctors import find_doctor
from dialogs.slots.hints import read_hints
from dialogs.slots.lexicon import word_list
from dialogs.slots.mentions import Mention, Reading
from dialogs.slots.persons import find_person, person_gender
from dialogs.slots.schedule import read_schedule
from dialogs.slots.services import find_service
from dialogs.slots.specialties import find_specialty
from dialogs.slots.tokens import normalise, tokenize

_GLUE: Final = word_list("glue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Slots in normal form, hints, and how many words neither a slot nor a filler explains."""

    slots: dict[str, str]
    hints: dict[str, str]
    unexplained: int


def extract(text: str, context: NluContext, *, moving: bool = False) -> Extraction:
    """Read every slot of an utterance; strange text gives no slots, never an error.

    `moving` tells that a booking is being moved, so that "в среду не смогу" names its day.
    """
    tokens = tokenize(text)
    reading = Reading(
        tokens=tokens, today=context.now.date(), state=context.state, directory=context.directory, moving=moving
    )
    slots: dict[str, str] = {}
    _named_things(reading, slots)
    slots.update(read_schedule(reading))
    plain = normalise(text)
    _flags(reading, plain, slots)
    figures = " ".join(str(t.value) if t.value is not None and not t.ordinal else t.text for t in tokens)
    hints = read_hints(reading, figures)
    if "person_name" in slots:
        hints["gender"] = person_gender(slots["person_name"])
    return Extraction(slots=slots, hints=hints, unexplained=_unexplained(reading))


def _named_things(reading: Reading, slots: dict[str, str]) -> None:
    _put(reading, slots, "phone", find_phone(reading))
    _put(reading, slots, "sick_leave_number", find_sick_leave_number(reading))
    _put(reading, slots, "birth_date", find_birth_date(reading))
    _put(reading, slots, "address", find_address(reading))
    specialty = find_specialty(reading)
    _put(reading, slots, "specialty", specialty)
    _put(reading, slots, "service", find_service(reading))
    _put(reading, slots, "doctor", find_doctor(reading, specialty))
    _put(reading, slots, "person_name", find_person(reading))


def _put(reading: Reading, slots: dict[str, str], name: str, mention: Mention | None) -> None:
    if mention is not None:
        slots[name] = mention.value
        reading.take(mention.start, mention.end)


def _flags(reading: Reading, text: str, slots: dict[str, str]) -> None:
    policy = find_policy_kind(text)
    if policy:
        slots["policy_kind"] = policy
        for mention in spans_of(reading, POLICY_WORDS):
            reading.take(mention.start, mention.end)
    action = find_sick_leave_action(text, reading)
    if action:
        slots["sick_leave_action"] = action


def _unexplained(reading: Reading) -> int:
    return sum(
        token.kind != "stop" and index not in reading.used and token.text not in _GLUE
        for index, token in enumerate(reading.tokens)
    )
