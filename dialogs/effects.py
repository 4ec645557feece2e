"""What a script may ask of the outside, by name: arguments, results and refusals; and the facts a call begins with."""

from __future__ import annotations

from dataclasses import dataclass

UNAVAILABLE = "unavailable"
"""The error of any effect when the clinic's system does not answer; the script's `on_failure` takes it."""

FACTS: tuple[str, ...] = (
    "now",  # ISO, clinic's time, when the call began
    "direction",  # inbound | outbound
    "caller",  # phone of the other side, "" when hidden
    "clinic",  # its name, "" when it has none
    "clinic_phone",  # for «перезвоните нам», "" when unknown
    "branches",  # list of {id, name, address}
    "known",  # how many patients have the caller's phone
    "visit",  # what an outbound call is about: {id, at, patient, patient_id, birth_date, minor, doctor, service…}
    "errand",  # the clinic's task behind an outbound call: {id, kind, patient, birth_date, minor, doctor, due…}
    "offer",  # a freed opening to be offered: {id, entry, at, patient, birth_date, minor, doctor…; instead}
    "booking",  # "commit", or "request" when a person confirms
    "crm_down",  # true when nothing could be looked up
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSpec:
    """One effect: its arguments (those with ? may be missing), the keys of its result, its refusals."""

    args: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    writes: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(argument.rstrip("?") for argument in self.args)

    @property
    def required(self) -> frozenset[str]:
        return frozenset(argument for argument in self.args if not argument.endswith("?"))


EFFECTS: dict[str, EffectSpec] = {
    # people
    "find_patient": EffectSpec(args=("name", "birth_date"), gives=("found", "id", "name", "birth_date")),
    "do_not_call": EffectSpec(args=("phone",), writes=True),
    # schedule. openings: `list` holds openings {id, at, doctor, specialty, service, branch}; `known` tells that the
    # clinic has such a doctor, specialty or service; `relaxed` what had to be given up ("time", "date", "doctor").
    "openings": EffectSpec(
        args=(
            "specialty?",
            "doctor?",
            "service?",
            "date?",
            "time?",
            "until?",
            "exclude?",
            "limit?",
            "branch?",
            "same_doctor?",
        ),
        gives=("count", "list", "known", "relaxed", "specialty", "doctor", "service"),
    ),
    "hold": EffectSpec(args=("opening", "service?"), gives=("id",), errors=("opening_taken",), writes=True),
    "release": EffectSpec(args=("hold",), writes=True),
    "book": EffectSpec(
        args=("hold", "opening?", "service?", "name", "birth_date", "phone?", "policy_kind?"),
        gives=("id", "at", "doctor", "specialty", "service", "status", "patient_id", "prep"),
        errors=("hold_expired", "opening_taken", "refused"),
        writes=True,
    ),
    "visits": EffectSpec(args=("patient", "date?", "doctor?", "specialty?"), gives=("count", "list")),
    "move": EffectSpec(
        args=("visit", "hold", "opening?"),
        gives=("id", "at", "doctor", "specialty", "service", "status"),
        errors=("hold_expired", "opening_taken", "not_found", "visit_closed", "refused"),
        writes=True,
    ),
    "cancel": EffectSpec(
        args=("visit", "reason"), gives=("id", "late"), errors=("not_found", "visit_closed", "refused"), writes=True
    ),
    "confirm": EffectSpec(args=("visit",), gives=("id",), errors=("not_found", "visit_closed", "refused"), writes=True),
    # requests that a person takes up
    "create_request": EffectSpec(args=("kind", "fields", "patient?"), gives=("id",), writes=True),
    "callback": EffectSpec(args=("reason", "note?", "patient?", "fields?"), gives=("id",), writes=True),
    # what the clinic has asked the bot to phone about
    "refuse_errand": EffectSpec(args=("errand", "reason"), writes=True),
    "postpone_errand": EffectSpec(args=("errand", "date?"), gives=("date",), writes=True),
    # the waiting list. join_waitlist: `words` is the wish as it was said; without `listed` a person was asked instead
    "join_waitlist": EffectSpec(
        args=(
            "name",
            "birth_date",
            "phone?",
            "patient?",
            "specialty?",
            "doctor?",
            "service?",
            "date?",
            "time?",
            "words?",
            "branch?",
            "acute?",
            "policy_kind?",
            "refused?",
            "visit?",
        ),
        gives=("id", "listed", "until"),
        errors=("refused", "not_found"),
        writes=True,
    ),
    "accept_offer": EffectSpec(
        args=("offer",),
        gives=("id", "at", "doctor", "specialty", "service", "status", "patient_id", "prep"),
        errors=("opening_taken", "not_found", "visit_closed", "refused"),
        writes=True,
    ),
    "decline_offer": EffectSpec(args=("offer",), writes=True),
    "leave_waitlist": EffectSpec(args=("entry",), errors=("not_found",), writes=True),
    # what the clinic knows about itself
    "home_visit_day": EffectSpec(gives=("date", "today", "until")),
    "prep": EffectSpec(args=("service",), gives=("found", "text", "service")),
    "price": EffectSpec(args=("service?", "specialty?", "doctor?"), gives=("found", "amount", "name")),
    "hours": EffectSpec(args=("kind", "date?"), gives=("open", "day", "span", "week")),
    "schedule": EffectSpec(args=("doctor?", "specialty?"), gives=("found", "list", "specialty", "doctor", "service")),
    "address": EffectSpec(gives=("count", "list")),
    "documents": EffectSpec(args=("policy_kind?", "child?"), gives=("text",)),
    # what the clinic knows about a patient
    "sick_leaves": EffectSpec(
        args=("patient?", "number?"), gives=("count", "number", "doctor", "ends_on", "status", "over", "patient_id")
    ),
    "test_results": EffectSpec(args=("patient", "service?"), gives=("count", "service", "status", "taken_on")),
    # the line: performed by the call, which answers "joined", "not_reached" or "caller_gone"
    "transfer": EffectSpec(args=("reason", "summary?", "fields?", "urgent?"), gives=("result",)),
}

SLOTS: tuple[str, ...] = (
    "specialty",
    "doctor",
    "service",
    "date",
    "date_from",
    "time",
    "time_from",
    "policy_kind",
    "person_name",
    "birth_date",
    "phone",
    "address",
    "sick_leave_number",
    "sick_leave_action",
)
"""Values that understanding may find in an utterance (nlu.md «Slots and their normal form»)."""

MOMENTARY: tuple[str, ...] = ("heard", "error", "result", "texts", "silences", "misses", "turns", "spoken", "answered")
"""Variables that the engine itself sets while a step runs."""

HEARD: tuple[str, ...] = (
    "text",
    "normalized",
    "intent",
    "confidence",
    "intents",
    "slots",
    "hints",
    "policy",
    "alternatives",
    "emergency",
    "ask_red_flags",
    "do_not_call",
    "robot_question",
    "wants_human",
    "spam_score",
    "patient_markers",
    "asr_confidence",
)
"""What `heard` holds of the last utterance."""

HINTS: tuple[str, ...] = ("choice", "digits", "gender", "who", "visit_kind", "any", "temperature")
"""What `heard.hints` may hold: findings that are no slots."""
