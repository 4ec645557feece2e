"""Hostile callers: each seed draws one, with a temper, a telephone and what to say to every question."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.demo.hostile.words import KINDS, PITCHES, WISHES
from bot.domain.clinic import Patient
from dialogs.speech_text.moments import spoken_birth_date

ActKind = Literal["say", "keys", "silence"]
LONGEST: Final = 75
"""So many acts and the caller gives up: more than the script's own limit of turns."""
OUTBOUND: Final = ("reminder", "invitation", "waitlist_offer")
_OPEN: Final = ("open", "ask_more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that a caller does; `text` is what is said, or the keys."""

    kind: ActKind
    text: str = ""


SILENCE: Final = Act(kind="silence")
Temper = Callable[["Caller", str], Act]


@dataclass(slots=True, kw_only=True)
class Caller:
    """Somebody who phones, or is phoned: `act` is what they do in a state, until they have had enough."""

    number: int
    temper: str
    dice: random.Random
    phone: str | None
    script: str
    person: Patient
    transfer: Literal["joined", "not_reached", "caller_gone"]
    outage: bool
    favourite: str

    @property
    def direction(self) -> Literal["inbound", "outbound"]:
        """Whether they phone or are phoned."""
        return "inbound" if self.script == "inbound" else "outbound"

    def act(self, state: str) -> Act:
        """What comes next."""
        return TEMPERS[self.temper](self, state)


def draw_caller(seed: int, people: Sequence[Patient]) -> Caller:
    """The caller of a seed: any temper, a known phone, a stranger's, or none."""
    dice = random.Random(seed)
    temper = dice.choices(tuple(TEMPERS), _WEIGHTS)[0]
    person = dice.choice([one for one in people if one.phone])
    outbound = temper != "salesman" and dice.random() < 0.25
    script = dice.choices(OUTBOUND, (3, 1, 1))[0] if outbound else "inbound"
    phone = person.phone if outbound or dice.random() < 0.6 else dice.choice((None, "+79165550000"))
    words = dice.choice(tuple(KINDS))
    return Caller(
        number=seed,
        temper=temper,
        dice=dice,
        phone=phone,
        script=script,
        person=person,
        transfer=dice.choice(("joined", "not_reached", "not_reached", "caller_gone")),
        outage=dice.random() < 0.1,
        favourite=dice.choice(KINDS[words]),
    )


def _anything(caller: Caller, _state: str) -> Act:
    """Whatever comes to mind, keys and silence among it."""
    dice = caller.dice
    chance = dice.random()
    if chance < 0.1:
        return SILENCE
    if chance < 0.2:
        return Act(kind="keys", text="".join(dice.choices("0123456789*#", k=dice.randint(1, 13))))
    if chance < 0.3:
        return Act(kind="say", text="".join(chr(dice.randint(1, 0x2FFF)) for _ in range(dice.randint(1, 40))))
    return Act(kind="say", text=dice.choice(KINDS[dice.choice(tuple(KINDS))]))


def _willing(caller: Caller, state: str) -> Act:
    """Mostly answers what was asked, which leads deep into the scripts; now and then something mad."""
    if caller.dice.random() < 0.22:
        return _anything(caller, state)
    return Act(kind="say", text=caller.dice.choice(_answers(caller, state)))


def _contrary(caller: Caller, state: str) -> Act:
    """Contradicts every question and itself."""
    words = (*KINDS["contradictory"], *_answers(caller, state))
    return Act(kind="say", text=caller.dice.choice(words))


def _parrot(caller: Caller, state: str) -> Act:
    """Says one thing for ever."""
    return Act(kind="say", text=caller.favourite)


def _mute(caller: Caller, state: str) -> Act:
    """Hardly ever speaks."""
    return SILENCE if caller.dice.random() < 0.85 else _anything(caller, state)


def _typist(caller: Caller, state: str) -> Act:
    """Presses keys, the right ones and others."""
    dice = caller.dice
    born = f"{caller.person.birth_date:%d%m%Y}"
    right = {"ask_birth": born, "ask_phone": "9991234567", "ask_sick_number": "910044512307"}.get(state, "1")
    if state == "ask_name":
        return Act(kind="say", text=caller.person.full_name)
    return Act(kind="keys", text=right if dice.random() < 0.6 else "".join(dice.choices("0123456789*#", k=4)))


def _fisher(caller: Caller, state: str) -> Act:
    """A stranger who wants to know what is not theirs; gives names, and wrong birth dates."""
    if state == "ask_name":
        return Act(kind="say", text=caller.person.full_name)
    if state == "ask_birth":
        return Act(kind="say", text="первое января тысяча девятьсот семидесятого года")
    if state in _OPEN and caller.dice.random() < 0.5:
        return Act(
            kind="say", text=caller.dice.choice(("когда у меня приём", "готовы ли мои анализы", "отмените запись"))
        )
    return Act(kind="say", text=caller.dice.choice((*KINDS["fishing"], "да", "мой муж")))


def _salesman(caller: Caller, state: str) -> Act:
    """Sells, whatever is asked; a question whether it is a patient is answered with the truth."""
    if state == "ask_choice" and caller.dice.random() < 0.5:
        return Act(kind="say", text="нет, у меня коммерческое предложение")
    return Act(kind="say", text=caller.dice.choice(PITCHES))


def _answers(caller: Caller, state: str) -> Sequence[str]:
    who = caller.person
    told: Mapping[str, Sequence[str]] = {
        "ask_name": (who.full_name, who.full_name.split()[0], "Кузнецова Зинаида Марковна"),
        "ask_who": (who.full_name, "ребёнок", "Кузнецова Зинаида Марковна"),
        "ask_birth": (spoken_birth_date(who.birth_date), f"{who.birth_date:%d.%m.%Y}", "третье мая пятидесятого года"),
        "ask_phone": ("восемь девятьсот девяносто девять сто двадцать три сорок пять шестьдесят семь", "этот же"),
        **_TOLD,
    }
    return told.get(state, ("да", "нет"))


_TOLD: Final[Mapping[str, Sequence[str]]] = {
    "open": WISHES,
    "ask_more": (*WISHES, "нет спасибо", "да"),
    "confirm": ("да", "всё верно", "да", "нет", "другое время", "имя неправильно"),
    "ask_slot_ok": ("да", "подходит", "второе", "нет", "попозже", "в пятницу", "завтра в десять"),
    "ask_date": ("завтра", "ближайшее", "в пятницу утром", "послезавтра в десять", "нет"),
    "ask_time": ("в десять", "утром"),
    "ask_specialty": ("к терапевту", "не знаю", "на узи брюшной полости", "к Морозовой"),
    "ask_choice": ("первое", "да", "нет", "второе", "оставить", "отменить", "не надо", "имя", "закрыть"),
    "ask_branch": ("первый", "всё равно"),
    "ask_move": ("отменить", "перенести", "да", "нет"),
    "ask_reason": ("заболел", "не важно", "дорого"),
    "ask_symptoms": ("температура тридцать восемь и кашель", "болит горло"),
    "ask_red_flags": ("нет", "нет ничего такого", "да"),
    "ask_address": ("улица Лесная дом пять квартира двенадцать", "Мира 1"),
    "ask_entrance": ("первый подъезд второй этаж", "нет"),
    "ask_details": ("узи брюшной полости", "от гриппа", "кардиолога"),
    "ask_visit_kind": ("приду в клинику", "на дом"),
    "ask_sick_number": ("девять один ноль ноль четыре четыре пять один два три ноль семь", "не знаю"),
    "ask_waitlist": ("да", "нет"),
    "ask_policy": ("по ОМС", "платно", "ДМС"),
    "ask_identity": ("да", "нет", "это муж"),
    "reminder": ("приду", "не приду", "перенесите", "к какому врачу", "да"),
}
TEMPERS: Final[Mapping[str, Temper]] = {
    "willing": _willing,
    "anything": _anything,
    "contrary": _contrary,
    "parrot": _parrot,
    "mute": _mute,
    "typist": _typist,
    "fisher": _fisher,
    "salesman": _salesman,
}
_WEIGHTS: Final = (40, 15, 12, 8, 5, 6, 8, 6)
