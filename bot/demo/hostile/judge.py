"""What must hold in every call whoever phones: pure looks at one written-down call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from bot.demo.hostile.play import Moment, Trace, Write
from bot.domain.clinic import Visit
from dialogs.outcomes import OUTCOMES
from dialogs.script import Script
from dialogs.speech_text.moments import spoken_time

BOOKED, MOVED, CANCELLED = "visit.booked", "visit.moved", "visit.cancelled"
_READ_BACK: Final = {BOOKED: ("confirm",), MOVED: ("confirm", "ask_slot_ok"), CANCELLED: ("confirm",)}
"""In which states each of these is agreed to; a move whose day and hour the caller has named is its own read-back."""
_AGAIN: Final = re.compile(r"(?:rephrase|menu|silence)(?:#\d+)?$")
_GOODBYE: Final = re.compile(r"до свидания|всего (?:вам )?доброго|прощаюсь", re.I)
_CALL_BACK: Final = re.compile(r"перезвон|103", re.I)
_UNREADY: Final = re.compile(r"\{\{|\{%|\bNone\b|\bnan\b|undefined|[\x00-\x08\x0b-\x1f]|<[a-z/]", re.I)
_HUMAN: Final = re.compile(r"\bя (?:не робот|(?:живой )?человек|девушка)", re.I)
_VISIT_TOLD: Final = re.compile(
    r"вы записаны|ваш[а-я]* (?:при[её]м|запис)|у вас (?:при[её]м|запись)|нашла запись", re.I
)
_LEAVES: Final = ("goodbye",)
_DONE: Final = ("ask_more", "open")
"""Nothing is being arranged in these: what is kept from before is only given back late."""
TURN_MARGIN: Final = 2
Fault = tuple[str, str]
"""Name of the rule that was broken, and where."""


def judge(trace: Trace, script: Script) -> list[Fault]:
    """Every rule that the call has broken; empty for a right one."""
    return [(name, where) for name, look in RULES for where in look(trace, script)]


def _no_exception(trace: Trace, _: Script) -> Iterator[str]:
    yield from filter(None, (trace.broken, *trace.faults))


def _outcome(trace: Trace, _: Script) -> Iterator[str]:
    if not trace.broken and (trace.outcome.get("outcome") not in OUTCOMES or not trace.outcome.get("happened")):
        yield f"итог {dict(trace.outcome)}"


def _never_mute(trace: Trace, _: Script) -> Iterator[str]:
    for number, moment in enumerate(trace.moments):
        if moment.action is None and not moment.said:
            yield f"реплика {number}: робот молчит"


def _ladder(trace: Trace, script: Script) -> Iterator[str]:
    """Turns in which nothing came of the caller's words: no more than both ladders together allow."""
    spoken = script.ladders.small_talk_limit + 2
    idle = {"silence": 0, "other": 0}
    for number, (before, moment) in enumerate(zip(trace.moments, trace.moments[1:], strict=False), 1):
        kind = "silence" if moment.dialog.get("silences") else "other"
        if moment.action is not None or _place(before) != _place(moment):
            idle = {"silence": 0, "other": 0}
            continue
        idle[kind] += 1
        idle["silence"] *= kind == "silence"
        if idle["silence"] > 2 or idle["other"] > spoken:
            yield f"реплика {number}: {idle[kind]} раз без толку, {moment.dialog.get('step')}"
            return


def _place(moment: Moment) -> tuple[object, ...]:
    dialog = moment.dialog
    return tuple(repr(dialog.get(name)) for name in ("step", "field", "stack", "vars", "record"))


def _turn_limit(trace: Trace, script: Script) -> Iterator[str]:
    if len(trace.acts) > script.ladders.turn_limit + TURN_MARGIN:
        yield f"{len(trace.acts)} реплик"


def _read_back(trace: Trace, _: Script) -> Iterator[str]:
    """Whatever is written was read back since the last writing, as it was written, and once."""
    asked: list[Moment] = []
    for number, moment in enumerate(trace.moments):
        done = [write for write in moment.writes if write.topic in _READ_BACK]
        if len(done) > 1:
            yield f"реплика {number}: {len(done)} записи на один ответ"
        for write in done:
            states = (*_READ_BACK[write.topic], *(("ask_slot_ok",) if trace.caller.script == "waitlist_offer" else ()))
            agreed = [one for one in asked if one.state in states and not any(map(_AGAIN.search, one.prompts))]
            if not agreed:
                yield f"реплика {number}: {write.topic} без проверки вслух"
            elif missing := _unsaid(write, agreed[-1]):
                yield f"реплика {number}: {write.topic}, не прочитано вслух: {missing}"
        asked = [moment] if done else [*asked, moment]


def _unsaid(write: Write, asked: Moment) -> str:
    visit = write.visit
    if visit is None:
        return "приём"
    hours = {spoken_time(visit.starts_at), spoken_time(visit.starts_at, at=True).removeprefix("в ")}
    if not any(hour in asked.said for hour in hours):
        return f"{visit.starts_at:%H:%M}"
    if write.topic == BOOKED and asked.state == "confirm" and not _names(visit, asked):
        return "имя"
    return ""


def _names(visit: Visit, asked: Moment) -> bool:
    said = _fold(asked.said)
    return all(word in said for word in _fold(visit.patient.full_name).split())


def _identity(trace: Trace, _: Script) -> Iterator[str]:
    """What the clinic knows of an inbound caller is neither looked up nor told before name and birth date are theirs.

    What may shape the greeting is looked up before the first word; it is told to nobody.
    """
    if trace.caller.direction == "outbound":
        return
    for number, moment in enumerate(trace.moments):
        known = moment.dialog.get("vars", {})
        if not known.get("birth_date") and (told := _VISIT_TOLD.search(moment.said)):
            yield f"реплика {number}: о записи сказано без имени и даты рождения «{told[0]}»"
        for patient in moment.looked_at if number else ():
            named = known.get("person_name") and known.get("birth_date") == patient.birth_date.isoformat()
            if not named:
                yield f"реплика {number}: данные пациента без имени и даты рождения"


def _secret(trace: Trace, _: Script) -> Iterator[str]:
    """Who is only reminded hears neither doctor nor service before the birth date; names are not told to anybody."""
    spoken = ""
    for number, moment in enumerate(trace.moments):
        spoken += f" {_fold(moment.act.text)}" if moment.act else ""
        known = moment.dialog.get("vars", {})
        if trace.about is None or known.get("identified") or known.get("birth_date"):
            continue
        if said := next((stem for stem in _medical(trace.about) if _says(moment.said, stem, spoken)), ""):
            yield f"реплика {number}: в напоминании названо «{said}»"
    yield from _strange_names(trace)


def _medical(visit: Visit) -> list[str]:
    """Beginnings of the words that would tell what somebody is treated for."""
    doctor, service = visit.doctor, visit.service
    stems = [doctor.full_name.split()[0][:-1], doctor.specialty[:-1]] if doctor else []
    return [_fold(stem) for stem in [*stems, *([service.name] if service else [])]]


def _says(said: str, stem: str, spoken: str) -> bool:
    """Whether the bot names it, and not only because the caller has."""
    word = re.compile(rf"\b{re.escape(stem)}")
    return bool(word.search(_fold(said))) and not word.search(spoken)


def _strange_names(trace: Trace) -> Iterator[str]:
    spoken = ""
    for number, moment in enumerate(trace.moments):
        spoken += f" {_fold(moment.act.text)}" if moment.act else ""
        for person in trace.people:
            surname = _fold(person.full_name).split()[0]
            if (
                _fold(person.full_name) in _fold(moment.said)
                and surname[:-2] not in spoken
                and not _own(trace, person.id)
            ):
                yield f"реплика {number}: названо чужое имя"


def _own(trace: Trace, person_id: str) -> bool:
    """Whoever is phoned is asked for by name."""
    called = trace.caller.person.id if trace.caller.script != "inbound" else ""
    return person_id == called or (trace.about is not None and trace.about.patient.id == person_id)


def _goodbye(trace: Trace, _: Script) -> Iterator[str]:
    """The bot hangs up with a goodbye; who could not be put through is told of a call back, or to call again."""
    last = trace.moments[-1] if trace.moments else None
    if last is None or last.action != "hangup" or last.dialog.get("gone"):
        return
    put_through = last.act is None and len(trace.moments) > 1
    if put_through and trace.caller.transfer == "not_reached" and not _CALL_BACK.search(last.said):
        yield "человек не ответил, а о звонке не сказано"
    elif not put_through and not _GOODBYE.search(last.said):
        yield "трубка положена без прощания"


def _slot_open(trace: Trace, _: Script) -> Iterator[str]:
    """While a time is kept for the caller, only the caller ends the call."""
    for number, (before, moment) in enumerate(zip(trace.moments, trace.moments[1:], strict=False), 1):
        heard = moment.dialog.get("heard", {})
        left = heard.get("intent") in _LEAVES or heard.get("do_not_call") or moment.dialog.get("gone")
        kept = before.held and before.state not in _DONE
        if moment.action == "hangup" and moment.act is not None and kept and not left:
            yield f"реплика {number}: трубка положена, пока держим время ({before.state})"


def _no_patient_is_spam(trace: Trace, _: Script) -> Iterator[str]:
    happened = trace.outcome.get("happened", ())
    if "spam_ended" in happened and any(moment.held for moment in trace.moments):
        yield "пациент с выбранным временем принят за рекламу"


def _spam_rings_nobody(trace: Trace, _: Script) -> Iterator[str]:
    happened = trace.outcome.get("happened", ())
    if "spam_ended" in happened and "transferred" in happened:
        yield "реклама соединена с человеком"


def _given_back(trace: Trace, _: Script) -> Iterator[str]:
    if trace.held and not trace.caller.outage:
        yield f"после звонка осталось занято окон: {trace.held}"


def _words(trace: Trace, _: Script) -> Iterator[str]:
    """No template, no foreign code and no lie about being a robot comes out of the bot's mouth."""
    for number, moment in enumerate(trace.moments):
        for what, pattern in (("сырой текст", _UNREADY), ("выдаёт себя за человека", _HUMAN)):
            if found := pattern.search(moment.said):
                yield f"реплика {number}: {what} «{found[0]!r}»"


def _fold(text: str) -> str:
    return text.lower().replace("ё", "е")


RULES: Final[tuple[tuple[str, Callable[[Trace, Script], Iterator[str]]], ...]] = (
    ("исключение", _no_exception),
    ("итог", _outcome),
    ("молчание робота", _never_mute),
    ("лестница", _ladder),
    ("предел реплик", _turn_limit),
    ("запись без проверки", _read_back),
    ("данные без личности", _identity),
    ("тайна", _secret),
    ("прощание", _goodbye),
    ("бросили с окном", _slot_open),
    ("пациент как реклама", _no_patient_is_spam),
    ("реклама у человека", _spam_rings_nobody),
    ("окно не отдано", _given_back),
    ("слова робота", _words),
)
