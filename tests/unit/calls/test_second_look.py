"""What a closer look adds to one reading: corrections in one breath, several wishes, parts of a name or an address."""

from __future__ import annotations

import pytest

from bot.calls.second_look import look_again
from dialogs.nlu.pipeline import Understander
from dialogs.port import Interpretation, NluContext
from tests.fixtures.talk import NOW


async def read(
    understander: Understander, text: str, state: str = "open", asked: tuple[str, ...] = ()
) -> Interpretation:
    context = NluContext(state=state, now=NOW, asked=asked)
    return await look_again(await understander.interpret(text, context), context, understander, asked)


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("к терапевту, ой нет, лучше к кардиологу", {"specialty": "кардиолог"}),
        ("к лору завтра, точнее в пятницу", {"specialty": "лор", "date": "2026-11-27"}),
        ("нет, лучше к хирургу", {"specialty": "хирург"}),
    ],
)
async def test_what_was_said_last_is_meant(understander: Understander, text: str, slots: dict[str, str]) -> None:
    assert dict((await read(understander, text)).slots) == slots


async def test_two_doctors_are_two_wishes(understander: Understander) -> None:
    said = await read(understander, "мне нужно и к лору завтра, и к окулисту в среду")
    assert (said.slots["specialty"], said.slots["date"]) == ("лор", "2026-11-24")
    assert said.parts == ("запишите к окулисту в среду",)


async def test_three_wishes_are_the_first_and_the_words_of_two(understander: Understander) -> None:
    said = await read(understander, "запишите меня к лору на завтра, скажите адрес и сколько стоит приём терапевта")
    assert said.intent == "book_appointment"
    assert [part for part in said.parts if "адрес" in part]
    assert [part for part in said.parts if "стоит" in part]


@pytest.mark.parametrize(
    "text",
    [
        "запишите к терапевту на завтра",
        "здравствуйте, запишите меня к терапевту",
        "да, и поскорее",
        "у меня болит горло и ухо",
    ],
)
async def test_one_wish_is_one(understander: Understander, text: str) -> None:
    assert (await read(understander, text)).parts == ()


async def test_a_flat_set_right_is_heard_where_an_address_may_be(understander: Understander) -> None:
    assert (await read(understander, "нет, квартира шесть", "confirm", ("address",))).slots["address"] == "кв 6"
    assert "address" not in (await read(understander, "нет, квартира шесть", "confirm")).slots


async def test_not_this_name_but_that_is_that(understander: Understander) -> None:
    said = await read(understander, "не Мария, а Марина", "confirm", ("person_name",))
    assert said.slots["person_name"] == "Марина"


async def test_what_leads_up_to_a_wish_is_no_other_wish(understander: Understander) -> None:
    said = await read(understander, "я записан на завтра и хочу перенести")
    assert (said.intent, said.parts) == ("reschedule_appointment", ())


async def test_a_visit_for_a_sick_leave_is_one_wish(understander: Understander) -> None:
    said = await read(understander, "мне нужно к врачу и больничный открыть")
    assert (said.intent, said.parts, said.slots["sick_leave_action"]) == ("sick_leave", (), "open")


async def test_two_people_are_two_wishes(understander: Understander) -> None:
    said = await read(understander, "запишите меня и мужа к терапевту на завтра")
    assert said.parts == ("запишите мужа к терапевту на завтра",)
    assert (await read(understander, "запишите меня к терапевту на завтра")).parts == ()
