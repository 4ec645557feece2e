"""A small but whole script for tests of the engine and the checker."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from dialogs.script import Script
from dialogs.script.model import CALL_TEXTS

SMALL: dict[str, Any] = {
    "id": "small",
    "title": "Маленький",
    "direction": "inbound",
    "start": "hello",
    "on_failure": "failed",
    "on_hangup": "gone",
    "ladders": {
        "silence": {"first": "Не слышу.", "second": "Совсем не слышу.", "then": "person", "never_spoken": "bye"},
        "misunderstanding": {"first": "Не поняла.", "second": "Опять не поняла.", "then": "person"},
        "turn_limit": 12,
    },
    "keys": {"0": "operator"},
    "texts": dict.fromkeys(CALL_TEXTS, "Текст."),
    "requests": {
        "callback": {"title": "Перезвонить", "fields": {"reason": {"label": "Почему"}, "note": {"label": "Слова"}}}
    },
    "supersedes": {"specialty": "doctor"},
    "empathy": {"pain": ["Сочувствую."], "fear": ["Понимаю."]},
    "interrupts": [
        {"name": "emergency", "when": "heard.emergency", "next": "emergency"},
        {"name": "operator", "intent": "operator", "next": "person"},
        {"name": "price", "intent": "price_insurance", "call": "price"},
        {"name": "wait", "intent": "smalltalk", "say": "Подожду.", "next": "listen"},
        {"name": "repeat", "intent": "repeat", "next": "repeat"},
    ],
    "forms": {
        "who": {
            "title": "Кто",
            "fields": {
                "person_name": {"state": "ask_name", "say": "Имя?", "rephrase": "Имя, например Анна?", "menu": "Ноль?"},
                "birth_date": {
                    "state": "ask_birth",
                    "expected": "date",
                    "say": "Дата рождения?",
                    "rephrase": "Например, пятое мая?",
                    "menu": "Наберите восемь цифр.",
                    "key_input": "birth_date",
                    "key_digits": 8,
                },
                "phone": {
                    "state": "ask_phone",
                    "when": "not caller",
                    "expected": "digits",
                    "say": "Телефон?",
                    "rephrase": "Например?",
                    "menu": "Наберите десять цифр.",
                    "read_back": "Номер: {{ phone | phone_words }}.",
                    "key_input": "phone",
                    "key_digits": 10,
                },
            },
        }
    },
    "steps": {
        "hello": {"say": "Здравствуйте, это робот. Клиника {{ clinic }}.", "must_hear": True, "next": "ask"},
        "ask": {
            "ask": {
                "state": "ask_specialty",
                "slot": "specialty",
                "take": ["specialty", "doctor"],
                "say": ["К кому?", "К какому врачу?"],
                "short": "Врач?",
                "rephrase": "Например, к терапевту?",
                "menu": "Терапевт, один.",
                "keys": {"1": "affirm"},
                "rules": [{"intent": "affirm", "set": {"specialty": "терапевт"}, "next": "find"}],
                "hungup": "gone",
            },
            "next": "find",
        },
        "find": {
            "do": "openings",
            "args": {"specialty": "{{ specialty }}"},
            "save": "found",
            "rules": [{"when": "found.count == 0", "say": "Ничего нет.", "next": "bye"}],
            "next": "who",
        },
        "who": {"fill": "who", "next": "done"},
        "done": {
            "record": {"outcome": "booked", "patient": "{{ person_name }}", "at": "{{ found.list[0].at }}"},
            "say": "Записала.",
            "next": "bye",
        },
        "price": {"say": "Сто рублей.", "record": {"outcome": "info_given", "topic": "price_insurance"}, "back": True},
        "person": {"record": {"outcome": "transferred", "reason": "asked"}, "say": "Соединяю.", "next": "person.do"},
        "person.do": {
            "do": "transfer",
            "args": {"reason": "asked"},
            "rules": [{"error": "not_reached", "say": "Никого.", "next": "bye"}],
            "next": "bye",
        },
        "emergency": {"record": {"outcome": "emergency"}, "say": "Звоните 103.", "next": "person.do"},
        "failed": {"say": "Неполадка.", "next": "person"},
        "gone": {
            "do": "callback",
            "args": {"reason": "gone"},
            "rules": [{"error": "any", "next": "bye"}],
            "next": "bye",
        },
        "bye": {"say": "До свидания.", "end": True},
    },
}


def small(**changes: Any) -> Script:
    """The small script, with parts replaced by path: small(**{"steps/bye/say": "Пока."}); None removes."""
    data = deepcopy(SMALL)
    for path, value in changes.items():
        place: Any = data
        *parents, last = path.split("/")
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place[parent]
        if value is None:
            del place[int(last) if isinstance(place, list) else last]
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return Script.model_validate(data)
