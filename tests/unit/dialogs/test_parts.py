"""The small parts of the talk: keys, spoken filters, prompts, expressions, the choice of the outcome."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dialogs.engine.keys import read_keys
from dialogs.engine.outcome import outcome_of
from dialogs.engine.state import DialogState
from dialogs.expressions import ExpressionError, evaluate, holds, names_in, render
from dialogs.prompts import parts_of, recordings_in, spoken_parts, words_of
from dialogs.script.model import KeyInput

TODAY = date(2026, 11, 23)
NOW = {"now": "2026-11-23T10:00+03:00"}
SMIRNOVA = {"doctor": "Смирнова Ольга Викторовна", "specialty": "терапевт", "at": "2026-11-24T09:30"}


@pytest.mark.parametrize(
    ("digits", "kind", "value"),
    [
        ("05031962", "birth_date", "1962-03-05"),
        ("31021962", "birth_date", None),
        ("05032030", "birth_date", None),
        ("0503", "birth_date", None),
        ("2411", "date", "2026-11-24"),
        ("0101", "date", "2027-01-01"),
        ("3002", "date", None),
        ("930", "time", "09:30"),
        ("18", "time", "18:00"),
        ("2561", "time", None),
        ("9161112201", "phone", "+79161112201"),
        ("89161112201", "phone", "+79161112201"),
        ("123", "phone", None),
        ("910001234567", "sick_leave_number", "910001234567"),
        ("91000", "sick_leave_number", None),
        ("12*4", "date", None),
        ("1", "", None),
    ],
)
def test_keys_spell_values(digits: str, kind: KeyInput, value: str | None) -> None:
    assert read_keys(digits, kind, today=TODAY) == value


@pytest.mark.parametrize(
    ("template", "spoken"),
    [
        ("{{ '2026-11-24T09:30' | day }}", "завтра, двадцать четвёртого ноября"),
        ("{{ '2026-11-26' | day }}", "в четверг, двадцать шестого ноября"),
        ("в {{ '2026-11-24T09:30' | clock }}", "в девять тридцать"),
        ("по {{ '2026-11-24' | last_day }}", "по двадцать четвёртое ноября"),
        ("{{ '1962-03-05' | birthday }}", "пятое марта шестьдесят второго года"),
        ("{{ '2026-11-24' | day_briefly }}", "завтра"),
        ("{{ '2026-11-26' | day_briefly }}", "в четверг, двадцать шестого ноября"),
        ("{{ '2026-11-24T09:59' | within(24) }} {{ '2026-11-24T10:00' | within(24) }}", "True False"),
        ("{{ '2026-11-24T09:59' | within('') }} {{ visit.at | within(24) }}", "False False"),
        (
            "{{ 24 | hours_words }}, {{ 1 | hours_words }}, {{ 48 | hours_words }}",
            "суток, одного часа, сорока восьми часов",
        ),
        ("{{ '1990-03-05' | birthday }}", "пятое марта девяностого года"),
        ("{{ '1924-03-05' | birthday }}", "пятое марта тысяча девятьсот двадцать четвёртого года"),
        ("{{ record | aim_briefly }}", "к терапевту Смирновой"),
        ("{{ {'specialty': 'уролог'} | aim_briefly }}", "к урологу"),
        ("{{ record | aim }}", "к терапевту Смирновой Ольге Викторовне"),
        ("{{ {'service': 'общий анализ крови'} | aim }}", "на общий анализ крови"),
        ("{{ {'service': 'прививка от гриппа'} | aim }}", "на прививку от гриппа"),
        ("{{ {'specialty': 'уролог'} | aim }}", "к урологу"),
        ("{{ nothing | aim }}", ""),
        ("{{ 2200 | rubles }}", "две тысячи двести рублей"),
        ("{{ 'Кузьмина Валентина Ильинична' | instrumental }}", "Кузьминой Валентиной Ильиничной"),
        ("{{ 'Ленина 5 кв 12 подъезд 2 этаж 5' | house_part }}", "Ленина 5 кв 12"),
        ("{{ 'Ленина 5 кв 12 подъезд 2 этаж 5' | entrance_part }}", "подъезд 2 этаж 5"),
        ("{{ 'не дата' | day }}", "не дата"),
        ("{{ 'не дата' | clock }}", ""),
    ],
)
def test_values_are_spoken(template: str, spoken: str) -> None:
    assert render(template, {**NOW, "record": SMIRNOVA}) == spoken


OFFERED = [
    {"at": "2026-11-24T09:00", "doctor": "Смирнова Ольга Викторовна"},
    {"at": "2026-11-24T15:00", "doctor": "Иванова Елена Петровна"},
    {"at": "2026-11-27T09:00", "doctor": "Смирнова Ольга Викторовна"},
]


@pytest.mark.parametrize(
    ("slots", "index"),
    [
        ({"time": "15:00"}, 1),
        ({"time": "09:00"}, 0),
        ({"time": "09:00", "date": "2026-11-27"}, 2),
        ({"date": "2026-11-27"}, 2),
        ({"date": "2026-11-24"}, None),
        ({"time": "10:00"}, None),
        ({"time": "09:00", "doctor": "Иванова"}, None),
        ({"doctor": "Иванова"}, None),
        ({}, None),
    ],
)
def test_the_named_opening_is_found(slots: dict[str, str], index: int | None) -> None:
    wanted = OFFERED[index] if index is not None else None
    assert evaluate("{{ offered | fitting(slots) }}", {"offered": OFFERED, "slots": slots}) == wanted


def test_prompts_are_split_so_that_fixed_sentences_can_be_cached() -> None:
    assert parts_of("Здравствуйте! Это {{ clinic }}. Разговор записывается. Чем помочь?") == (
        "Здравствуйте!",
        "Это {{ clinic }}.",
        "Разговор записывается. Чем помочь?",
    )
    assert parts_of("{% if a %}Да. {% endif %}Нет.") == ("{% if a %}Да. {% endif %}Нет.",)


def test_recorded_words_stand_alone_and_what_is_around_them_is_spoken() -> None:
    prompt = "@booked(Вы записаны. Запомните:) {{ day }}, в {{ hour }}. @wait(Ждём вас!) До свидания!"
    assert parts_of(prompt) == (
        "@booked(Вы записаны. Запомните:)",
        "{{ day }}, в {{ hour }}.",
        "@wait(Ждём вас!)",
        "До свидания!",
    )
    assert recordings_in(prompt) == (("booked", "Вы записаны. Запомните:"), ("wait", "Ждём вас!"))
    assert words_of(prompt) == "Вы записаны. Запомните: {{ day }}, в {{ hour }}. Ждём вас! До свидания!"
    assert spoken_parts("@wait(Ждём вас!)") == (("wait", "Ждём вас!"),)
    assert spoken_parts("Да. @wait(Ждём вас!) Пока.") == (("", "Да."), ("wait", "Ждём вас!"), ("", "Пока."))
    assert spoken_parts("") == ()


def test_recorded_words_inside_a_branch() -> None:
    prompt = "{% if known %}@again(Снова здравствуйте!){% else %}@hello(Здравствуйте!){% endif %} Чем помочь?"
    assert parts_of(prompt) == (prompt,)
    assert spoken_parts(render(prompt, {"known": True})) == (("again", "Снова здравствуйте!"), ("", "Чем помочь?"))


def test_values_keep_their_type_and_the_unknown_is_nothing() -> None:
    values = {"count": 2, "items": [1, 2, 3]}
    assert evaluate("{{ count + 1 }}", values) == 3
    assert evaluate({"a": ["{{ items[1:] }}", "просто"]}, values) == {"a": [[2, 3], "просто"]}
    assert evaluate("{{ nothing.at.all }}", values) is None
    assert not holds("nothing.at.all > 3 if nothing else nothing", values)


def test_templates_cannot_reach_python() -> None:
    for hostile in ("{{ ''.__class__.__mro__ }}", "{{ x.append(1) }}"):
        with pytest.raises(Exception, match=r"unsafe|access|not safely"):
            render(hostile + "{{ ''.__class__.mro() }}", {"x": []})
    assert names_in("{{ a.b.c }} {% for x in y %}{{ x.z }}{% endfor %}", expression=False) == {"a", "a.b", "a.b.c", "y"}
    with pytest.raises(ExpressionError):
        names_in("a = 1", expression=True)


@pytest.mark.parametrize(
    ("happened", "final"),
    [
        ((), "ended_by_caller"),
        (("info_given", "booked"), "booked"),
        (("booked", "info_given"), "booked"),
        (("no_slot_handled", "booked"), "booked"),
        (("cancelled", "booked"), "booked"),
        (("booked", "transferred"), "transferred"),
        (("transferred", "emergency"), "emergency"),
        (("info_given", "ended_by_caller"), "info_given"),
        (("not_found_handled", "info_given"), "info_given"),
        (("ended_no_input",), "ended_no_input"),
    ],
)
def test_the_weightiest_thing_that_happened_is_the_outcome(happened: tuple[str, ...], final: str) -> None:
    outcome: dict[str, Any] = outcome_of(DialogState(script="s", happened=happened))
    assert outcome["outcome"] == final
    assert outcome["happened"] == list(happened or ("ended_by_caller",))
