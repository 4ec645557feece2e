"""A caller who is understood and stays where they are: the talk does not go round for ever."""

from __future__ import annotations

import pytest

from tests.fixtures.talk import Talk


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (["запишите к терапевту"], "запишите к терапевту"),
        (["когда у меня приём", "Петрова Анна Ивановна", "1 января 1970"], "к какому врачу записана моя жена"),
    ],
)
async def test_the_same_words_again_and_again_end_at_a_person(talk: Talk, begin: list[str], again: str) -> None:
    call = talk()
    await call.start()
    for line in begin:
        reply = await call.heard(line)
    for _ in range(9):
        reply = await call.heard(again)
        if reply.action is not None:
            break
    assert reply.action == "transfer"


async def test_questions_that_are_answered_are_no_idle_words(talk: Talk) -> None:
    call = talk()
    await call.start()
    for line in (
        "какой у вас адрес",
        "до скольки вы работаете",
        "когда сдать кровь",
        "сколько стоит приём кардиолога",
    ) * 2:
        reply = await call.heard(line)
        assert reply.action is None


async def test_a_circle_through_two_questions_ends_at_a_person(talk: Talk) -> None:
    call = talk()
    await call.start()
    await call.heard("запишите меня")
    for line in ("а сколько это стоит", "узи почек") * 9:
        reply = await call.heard(line)
        if reply.action is not None:
            break
    assert reply.action == "transfer"
