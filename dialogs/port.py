"""What the dialog engine knows of understanding: the values it reads and the engine it may be given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

FALLBACK = "nlu_fallback"
"""Intent of an utterance that nobody understood (guard, or probability below the reject threshold)."""

Ranking = tuple[tuple[str, float], ...]
"""Intents with probabilities, best first, summing to one."""

Policy = Literal["act", "confirm", "choose", "reject"]
Guard = Literal["", "no_input", "unclear"]


class Intent(StrEnum):
    """The labels of the training data: exactly these, in every engine."""

    BOOK_APPOINTMENT = "book_appointment"
    RESCHEDULE_APPOINTMENT = "reschedule_appointment"
    CANCEL_APPOINTMENT = "cancel_appointment"
    CONFIRM_VISIT = "confirm_visit"
    VACCINATION = "vaccination"
    HOME_VISIT = "home_visit"
    SICK_LEAVE = "sick_leave"
    PREP_INFO = "prep_info"
    LAB_HOURS = "lab_hours"
    CLINIC_HOURS = "clinic_hours"
    CLINIC_ADDRESS = "clinic_address"
    PRICE_INSURANCE = "price_insurance"
    TEST_RESULTS = "test_results"
    DOCUMENTS = "documents"
    OPERATOR = "operator"
    COMPLAINT = "complaint"
    SPAM = "spam"
    EMERGENCY = "emergency"
    AFFIRM = "affirm"
    DENY = "deny"
    REPEAT = "repeat"
    GOODBYE = "goodbye"
    SMALLTALK = "smalltalk"
    INFORM = "inform"
    OUT_OF_SCOPE = "out_of_scope"


class State(StrEnum):
    """What the bot has just asked; understanding and acceptance use these names."""

    OPEN = "open"
    CONFIRM = "confirm"
    REMINDER = "reminder"
    ASK_MORE = "ask_more"
    ASK_SPECIALTY = "ask_specialty"
    ASK_DATE = "ask_date"
    ASK_TIME = "ask_time"
    ASK_NAME = "ask_name"
    ASK_BIRTH = "ask_birth"
    ASK_PHONE = "ask_phone"
    ASK_ADDRESS = "ask_address"
    ASK_SICK_NUMBER = "ask_sick_number"
    ASK_SYMPTOMS = "ask_symptoms"
    ASK_DETAILS = "ask_details"
    ASK_ENTRANCE = "ask_entrance"
    ASK_FIRST_VISIT = "ask_first_visit"
    ASK_POLICY = "ask_policy"
    ASK_RED_FLAGS = "ask_red_flags"
    ASK_SLOT_OK = "ask_slot_ok"
    ASK_VISIT_KIND = "ask_visit_kind"
    ASK_WAITLIST = "ask_waitlist"
    ASK_MOVE = "ask_move"
    ASK_REASON = "ask_reason"
    ASK_IDENTITY = "ask_identity"
    ASK_WHO = "ask_who"
    ASK_CHOICE = "ask_choice"
    ASK_BRANCH = "ask_branch"
    ASK_PREPAY = "ask_prepay"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryDoctor:
    """One doctor of the clinic: full name "Фамилия Имя Отчество" in the nominative, canonical specialty."""

    full_name: str
    specialty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What the clinic offers; empty fields mean "unknown", then the shipped lists and word forms decide."""

    doctors: tuple[DirectoryDoctor, ...] = ()
    services: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NluContext:
    """What is known when the caller speaks: state just asked, the aware moment, the clinic, the asked slots."""

    state: str
    now: datetime
    directory: Directory = field(default_factory=Directory)
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """One understood utterance.

    `intents` holds all intents, the one to handle first in front. `ranking` is after state priors.
    `slots` are normal forms by slot name. `hints` are unscored findings for the dialog: `choice` ("1".."9", "last"),
    `digits` (all digits said, in order), `gender` ("male", "female") of the person named, `who` ("self", "child",
    "other"), `visit_kind` ("home", "clinic"), `any` ("date", "time": the caller does not mind), `temperature`,
    `manner` (how to speak: "slower", "louder", "quicker", "softer"), `feeling` ("pain", "fear").
    `emergency` means say 103/112 and transfer now; `ask_red_flags` means put the one question first.
    `policy` tells what to do with `intent`; for "choose" and "confirm" `alternatives` are the likely intents.
    `parts` are the words of further wishes in the same utterance, to be heard anew one after another.
    `guard` tells why nothing was classified: "no_input" (nothing said), "unclear" (fillers, contradiction).
    `patient_markers` is true when something only a patient says was heard; `ms` is the time spent.
    """

    text: str
    normalized: str
    intent: str
    confidence: float
    intents: tuple[str, ...]
    ranking: Ranking = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    ask_red_flags: bool = False
    emergency: bool = False
    do_not_call: bool = False
    robot_question: bool = False
    wants_human: bool = False
    policy: Policy = "act"
    alternatives: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    guard: Guard = ""
    spam_score: float = 0.0
    patient_markers: bool = False
    ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NluCapabilities:
    """What an engine can do: `embeddings` if sentence vectors help, `remote` if a ranking crosses the network."""

    embeddings: bool = False
    remote: bool = False


class EngineFailed(Exception):
    """An engine outside this process has no ranking to give; nothing is wrong with the text."""


class NluEngine(Protocol):
    """Ranks intents for a normalised text; everything else of understanding is shared between engines."""

    @property
    def name(self) -> str:
        """Short name for the journal, e.g. "embedded"."""
        ...

    @property
    def capabilities(self) -> NluCapabilities:
        """What this engine can do."""
        ...

    async def rank(self, text: str, state: str) -> Sequence[tuple[str, float]]:
        """Return (intent, probability) best first, before priors; never called with empty or wordless text.

        Raises EngineFailed when another engine must answer.
        """
        ...


class Understands(Protocol):
    """The whole of understanding as the call session sees it."""

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        """Understand one utterance; never raises on strange text."""
        ...
