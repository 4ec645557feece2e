"""The speech script as its author writes it: steps, questions, forms, interrupts, ladders (Pydantic over YAML)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dialogs.effects import SLOTS

Expected = Literal["free", "yes_no", "date", "name", "digits", "address"]
Feeling = Literal["pain", "fear"]
FieldCheck = Literal["text", "name", "birth_date", "date", "moment", "phone", "address", "sick_leave_number", "choice"]
KeyInput = Literal["", "birth_date", "date", "time", "phone", "sick_leave_number"]

AGAIN, REPEAT, LISTEN, MISS = "again", "repeat", "listen", "miss"
ANSWERS = frozenset({AGAIN, REPEAT, LISTEN, MISS})
"""Targets of a rule that stay at the question: ask it again, say the last turn again, just wait, count a failure."""


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _as_mapping(value: Any) -> Any:
    if isinstance(value, str):
        value = list(SLOTS) if value == "all" else [value]
    return {name: name for name in value} if isinstance(value, list | tuple) else value


CALL_TEXTS = {
    "resumed": "служба перезапустилась посреди разговора",
    "broken": "у робота неполадка, звонящего соединяют с регистратором",
    "nobody": "после неполадки никто не ответил",
    "broken_summary": "регистратору: почему ему переводят звонок после неполадки",
    "accept": "регистратору: как принять звонок",
}
"""What a call says outside the talk: name under `texts` -> when, for whoever writes the script."""

Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Variants = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
"""Wordings of one prompt, taken in turn when it is said again."""
Taken = Annotated[dict[str, str], BeforeValidator(_as_mapping)]
"""Slots that a question accepts -> the variable that keeps each; `all` takes whatever was said."""


class Part(BaseModel):
    """Anything in a script: unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Part):
    """A branch: it applies when its intent, its error and its condition all hold; the first that leads on is taken.

    A rule without `next` and `call` only sets, records and speaks, and the rules after it are still asked.
    `call` runs a sub-flow and comes back to the same question; with `replay` the utterance is then heard anew.
    """

    name: str = ""
    intent: Names = ()
    error: Names = ()
    when: str | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    clear: Names = ()
    record: dict[str, Any] = Field(default_factory=dict)
    say: Variants = ()
    next: str | None = None
    call: str | None = None
    replay: bool = False


class Question(Part):
    """Something asked of the caller.

    `slot` is the variable that answers it (the question is skipped when it is known); `take` what else it accepts.
    `answers` names slots that answer it although rules decide what becomes of them.
    `short` is said after silence, `rephrase` (with examples) after the first misunderstanding, `menu` after the second.
    `keys` maps one pressed key to an intent; `key_input` tells how several digits are read.
    `read_back` dictates the value as soon as it is heard: the caller may put one group right.
    `any_words` makes the words themselves the answer. `routes` lets any wish be spoken here.
    `hungup` is a step that runs when the caller hangs up instead of answering, `silence` one that follows the second
    silence in a row instead of the ladder.
    """

    label: str = ""
    required: bool = True
    when: str | None = None
    state: str
    slot: str = ""
    expected: Expected = "free"
    say: Variants
    short: Variants = ()
    rephrase: Variants = ()
    menu: Variants = ()
    read_back: Variants = ()
    keys: dict[str, str] = Field(default_factory=dict)
    key_input: KeyInput = ""
    key_digits: int = Field(default=1, ge=1, le=16)
    take: Taken = Field(default_factory=dict)
    answers: Names = ()
    any_words: bool = False
    routes: bool = False
    ignore: Names = ()
    rules: tuple[Rule, ...] = ()
    hints: Names = ()
    must_hear: bool = False
    no_input_ms: int | None = Field(default=None, ge=500, le=60000)
    hungup: str | None = None
    silence: str | None = None


class Form(Part):
    """Questions asked one by one, those already answered are skipped; `request` is the kind of request they make."""

    title: str
    request: str = ""
    fields: dict[str, str | Question]


class RequestField(Part):
    """One field of a request: `choices` are value -> what people read, for the check `choice`."""

    label: str
    required: bool = False
    check: FieldCheck = "text"
    choices: dict[str, str] = Field(default_factory=dict)


class RequestForm(Part):
    """A kind of request, the same for bot, registrar and API; by when it is taken up is a rule of the clinic's."""

    title: str
    recipient: str = "registry"
    fields: dict[str, RequestField]


class Step(Part):
    """One step: set variables, clear others, speak, record the outcome; then exactly one of the kinds below.

    ask / fill: wait for the caller. do: an effect, its result in `save`. call: a sub-flow. route: go where the intent
    named leads. rules: choose by condition. back: leave the sub-flow. end: hang up. `next` follows all but the last
    two.
    """

    clear: Names = ()
    set: dict[str, Any] = Field(default_factory=dict)
    record: dict[str, Any] = Field(default_factory=dict)
    say: Variants = ()
    must_hear: bool = False
    ask: str | Question | None = None
    fill: str | None = None
    do: str | None = None
    args: dict[str, Any] = Field(default_factory=dict)
    save: str = ""
    call: str | None = None
    route: str | None = None
    rules: tuple[Rule, ...] = ()
    back: bool = False
    end: bool = False
    next: str | None = None


class Ladder(Part):
    """Prompts for the first and the second failure in a row; then a step."""

    first: Variants
    second: Variants
    then: str
    never_spoken: str | None = None


class Ladders(Part):
    """What happens when the caller is silent, or is not understood, again and again."""

    silence: Ladder
    misunderstanding: Ladder
    small_talk_limit: int = Field(default=4, ge=1, le=20)
    turn_limit: int = Field(default=70, ge=10, le=500)


class SpeechSettings(Part):
    """Defaults of listening, overridden by a question; and how to speak to who has trouble to follow.

    «Помедленнее» makes the pace `slow_rate` of what it was, «погромче» adds `loud_db`; each works twice. From
    `ease_after_troubles` misunderstandings and silences of one call on, and for patients of `ease_from_age` years and
    more, prompts are short and one step slower by themselves. `dictation_pause_ms` stands between dictated groups.
    """

    no_input_ms: int = Field(default=6000, ge=500, le=60000)
    max_prompt_seconds: float = Field(default=18.0, gt=0)
    letters_per_second: float = Field(default=14.0, gt=0)
    slow_rate: float = Field(default=0.8, ge=0.5, le=1.0)
    loud_db: float = Field(default=6.0, ge=0.0, le=12.0)
    ease_after_troubles: int = Field(default=2, ge=1, le=100)
    ease_from_age: int = Field(default=65, ge=1, le=150)
    dictation_pause_ms: int = Field(default=450, ge=0, le=3000)


class Script(Part):
    """A whole speech script, its includes merged in."""

    id: str
    title: str
    version: int = 1
    """Under which number it is kept: what the file says means nothing, the library of scripts sets it."""
    direction: Literal["inbound", "outbound"]
    purpose: str = ""
    consent: str = ""
    """The patient's consent without which nobody is phoned by this script, e.g. "advertising"."""
    language: str = "ru"
    include: tuple[str, ...] = ()
    speech: SpeechSettings = SpeechSettings()
    facts: Names = ()
    start: str
    on_failure: str
    on_hangup: str | None = None
    ladders: Ladders
    texts: dict[str, Any] = Field(default_factory=dict)
    empathy: dict[Feeling, Variants] = Field(default_factory=dict)
    """A kind word before the next question, by what the caller showed; said once a call for each."""
    dictation: Variants = ()
    """Said between the parts of a number that the caller dictates; without it a number must come at once."""
    supersedes: dict[str, Names] = Field(default_factory=dict)
    keys: dict[str, str] = Field(default_factory=dict)
    interrupts: tuple[Rule, ...] = ()
    fallbacks: tuple[Rule, ...] = ()
    routes: tuple[Rule, ...] = ()
    questions: dict[str, Question] = Field(default_factory=dict)
    forms: dict[str, Form] = Field(default_factory=dict)
    requests: dict[str, RequestForm] = Field(default_factory=dict)
    steps: dict[str, Step]
    places: dict[str, tuple[str, int]] = Field(default_factory=dict, exclude=True, repr=False)
    """Where each part was written: dotted name -> (file, line)."""

    def question(self, step_id: str, field: str = "") -> Question | None:
        """The question that a step asks, or that a field of its form asks."""
        step = self.steps.get(step_id)
        if step is None:
            return None
        if step.fill:
            return self.resolve(self.forms[step.fill].fields.get(field)) if step.fill in self.forms else None
        return self.resolve(step.ask)

    def all_questions(self) -> Iterator[tuple[str, Question]]:
        """Every question with its place in the script: named ones, those of forms, those of steps."""
        for name, question in self.questions.items():
            yield f"questions.{name}", question
        for name, form in self.forms.items():
            for field, asked in form.fields.items():
                if isinstance(asked, Question):
                    yield f"forms.{name}.{field}", asked
        for name, step in self.steps.items():
            if isinstance(step.ask, Question):
                yield f"steps.{name}", step.ask

    def read_back(self, variable: str) -> Variants:
        """How the value of a variable is dictated back; nothing where no question asks for it so."""
        for place, question in self.all_questions():
            slot = question.slot or (place.rpartition(".")[2] if place.startswith("forms.") else "")
            if slot == variable and question.read_back:
                return question.read_back
        return ()

    def resolve(self, asked: str | Question | None) -> Question | None:
        """A question written in place, or looked up among the named ones."""
        return self.questions.get(asked) if isinstance(asked, str) else asked
