"""What a script may ask of the outside, by name: arguments, results and refusals; and the facts a call begins with."""

from __future__ import annotations

from dataclasses import dataclass

UNDERSTAND = "understand"
"""Hear words anew that were said before: performed by the conversation itself."""
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
    "visit",  # what an outbound call is about: {id, at, patient, patient_id, birth_date, minor, doctor, service, prep…}
    "errand",  # the clinic's task behind an outbound call, or open for who phones in: {id, kind, patient, doctor, due…}
    "coming",  # true when one of the people on the phone that rings in has a visit ahead
    "offer",  # a freed opening to be offered: {id, entry, at, patient, birth_date, minor, doctor…; instead}
    "booking",  # "commit", or "request" when a person confirms
    "cancel_hours",  # a cancellation nearer to the visit than that is late, "" where there is no such rule
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
    # `near`: nobody is found, but somebody of this name has the phone that rings: the birth date may be misheard
    "find_patient": EffectSpec(args=("name", "birth_date"), gives=("found", "near", "id", "name", "birth_date")),
    "do_not_call": EffectSpec(args=("phone",), writes=True),
    # schedule. openings: `said` are the last words about the time, `avoid` all of them that tell what does not suit,
    # `not_on` is a day that does not, `before` a moment that is too late already;
    # `list` holds openings {id, at, doctor, specialty, service, branch}; `known` tells that the
    # clinic has such a doctor, specialty or service, `several` the services {name} that one word («УЗИ») fits;
    # `relaxed` what had to be given up ("time", "date", "doctor"); `avoided` that there is only what does not suit.
    "openings": EffectSpec(
        args=(
            "specialty?",
            "doctor?",
            "service?",
            "date?",
            "time?",
            "until?",
            "before?",
            "exclude?",
            "limit?",
            "branch?",
            "same_doctor?",
            "policy_kind?",
            "said?",
            "avoid?",
            "not_on?",
        ),
        gives=("count", "list", "known", "several", "relaxed", "avoided", "specialty", "doctor", "service"),
    ),
    "hold": EffectSpec(args=("opening", "service?"), gives=("id",), errors=("opening_taken",), writes=True),
    "release": EffectSpec(args=("hold",), writes=True),
    "book": EffectSpec(
        args=("hold", "opening?", "service?", "name", "birth_date", "phone?", "policy_kind?"),
        gives=("id", "at", "doctor", "specialty", "service", "status", "patient_id", "prep"),
        errors=("hold_expired", "opening_taken", "refused"),
        writes=True,
    ),
    # payers: whether the service is paid as `policy_kind` says, in no other way than by oneself, or it matters how
    "payers": EffectSpec(
        args=("service?", "policy_kind?"), gives=("service", "takes", "only_paid", "matters", "amount")
    ),
    "visits": EffectSpec(args=("patient", "date?", "doctor?", "specialty?"), gives=("count", "list")),
    "move": EffectSpec(
        args=("visit", "hold", "opening?"),
        gives=("id", "at", "doctor", "specialty", "service", "status"),
        errors=("hold_expired", "opening_taken", "not_found", "visit_closed", "refused"),
        writes=True,
    ),
    "cancel": EffectSpec(
        args=("visit", "reason"), gives=("id",), errors=("not_found", "visit_closed", "refused"), writes=True
    ),
    "confirm": EffectSpec(args=("visit",), gives=("id",), errors=("not_found", "visit_closed", "refused"), writes=True),
    "prep_told": EffectSpec(args=("visit",), errors=("not_found",), writes=True),
    # requests that a person takes up
    "create_request": EffectSpec(args=("kind", "fields", "patient?"), gives=("id",), writes=True),
    "callback": EffectSpec(args=("reason", "note?", "patient?", "fields?"), gives=("id",), writes=True),
    # what the clinic has asked the bot to phone about
    "refuse_errand": EffectSpec(args=("errand", "reason"), writes=True),
    "postpone_errand": EffectSpec(args=("errand", "date?"), gives=("date",), writes=True),
    # «перезвоните через неделю»: without `planned` a person was asked to phone
    "call_later": EffectSpec(
        args=("name", "birth_date", "date?", "phone?", "specialty?", "doctor?", "service?", "words?"),
        gives=("id", "date", "planned"),
        writes=True,
    ),
    # «перезвоните через час» in a call about a visit: `at` is "" for some time later; not `possible` `before` it begins
    "call_again": EffectSpec(args=("words?", "date?", "time?", "before?"), gives=("at", "possible")),
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
    "prep": EffectSpec(args=("service",), gives=("found", "several", "text", "service")),
    "price": EffectSpec(
        args=("service?", "specialty?", "doctor?", "policy_kind?"),
        gives=("found", "several", "amount", "name", "oms", "dms", "share"),
    ),
    "hours": EffectSpec(args=("kind", "date?"), gives=("open", "day", "span", "week")),
    "schedule": EffectSpec(args=("doctor?", "specialty?"), gives=("found", "list", "specialty", "doctor", "service")),
    "address": EffectSpec(gives=("count", "list")),
    "documents": EffectSpec(args=("policy_kind?", "child?", "service?"), gives=("text",)),
    # what the clinic knows about a patient
    "sick_leaves": EffectSpec(
        args=("patient?", "number?"), gives=("count", "number", "doctor", "ends_on", "status", "over", "patient_id")
    ),
    "test_results": EffectSpec(args=("patient", "service?"), gives=("count", "service", "status", "taken_on")),
    # further wishes of one utterance: the call understands their words, and `heard` and its slots become theirs
    "understand": EffectSpec(args=("text",), gives=("intent",)),
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

MOMENTARY: tuple[str, ...] = (
    "heard",
    "error",
    "result",
    "texts",
    "silences",
    "misses",
    "turns",
    "spoken",
    "answered",
    "brief",
)
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
    "parts",
    "emergency",
    "ask_red_flags",
    "do_not_call",
    "robot_question",
    "wants_human",
    "spam_score",
    "patient_markers",
    "asr_confidence",
    "unclear",
)
"""What `heard` holds of the last utterance."""

HINTS: tuple[str, ...] = (
    "choice",
    "digits",
    "gender",
    "who",
    "visit_kind",
    "any",
    "temperature",
    "manner",
    "feeling",
)
"""What `heard.hints` may hold: findings that are no slots."""
