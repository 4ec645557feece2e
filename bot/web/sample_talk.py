"""What is said in the invented morning: one call's words, and a typed conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.call import Speaker
from bot.web.ports import ChatReply


@dataclass(frozen=True, slots=True)
class Line:
    """One turn before it has a number and a time."""

    speaker: Speaker
    text: str
    state: str
    intent: str | None = None
    confidence: float | None = None
    timings: Mapping[str, float] | None = None


_BOT, _PATIENT = Speaker.BOT, Speaker.CALLER
_HEARD = {"silence": 480.0, "decode": 112.4, "nlu": 4.2, "crm": 11.8}
_SPOKE = {"voice": 38.0, "pause": 651.0}

BOOKING = (
    Line(_BOT, "Клиника «Ромашка», это робот-помощник, разговор записывается. Чем могу помочь?", "open"),
    Line(_PATIENT, "Здравствуйте, запишите меня к лору на завтра", "open", "book_appointment", 0.97, _HEARD),
    Line(
        _BOT,
        "К лору завтра есть десять двадцать и одиннадцать сорок. Какое время удобно?",
        "ask_slot_ok",
        None,
        None,
        _SPOKE,
    ),
    Line(_PATIENT, "Лучше пораньше", "ask_slot_ok", "inform", 0.81, _HEARD),
    Line(_BOT, "Назовите, пожалуйста, фамилию, имя и отчество.", "ask_name", None, None, _SPOKE),
    Line(_PATIENT, "Смирнова Ольга Викторовна", "ask_name", "inform", 0.99, _HEARD),
    Line(
        _BOT,
        "Записываю: Смирнова Ольга Викторовна, лор, завтра в десять двадцать. Всё верно?",
        "confirm",
        None,
        None,
        _SPOKE,
    ),
    Line(_PATIENT, "Да, верно", "confirm", "affirm", 1.0, {**_HEARD, "silence": 300.0}),
    Line(_BOT, "Готово, вы записаны. Чем ещё помочь?", "ask_more", None, None, _SPOKE),
    Line(_PATIENT, "Нет, спасибо", "ask_more", "goodbye", 0.95, _HEARD),
)


CHAT = (
    ChatReply(
        bot=("Клиника «Ромашка», это робот-помощник. Чем могу помочь?",),
        state="open",
        timings={"crm": 3.0, "total": 3.4},
    ),
    ChatReply(
        bot=("К лору завтра есть десять двадцать.", "Записать вас на это время?"),
        state="ask_slot_ok",
        intent="book_appointment",
        confidence=0.97,
        slots={"specialty": "лор", "date": "2026-11-24"},
        timings={"nlu": 4.2, "crm": 11.8, "total": 17.1},
    ),
    ChatReply(
        bot=("Готово, вы записаны. До свидания!",),
        state="ask_more",
        intent="affirm",
        confidence=1.0,
        action="hangup",
        timings={"nlu": 1.1, "crm": 20.5, "total": 22.3},
        outcome={"outcome": "booked", "specialty": "лор", "at": "2026-11-24T10:20"},
    ),
)
