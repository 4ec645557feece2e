"""«К какому врачу вас записать?» is also answered with what is no booking with a doctor: it is taken up."""

import pytest

from bot.calls.reply import Reply
from tests.fixtures.talk import Talk


@pytest.mark.parametrize(
    ("line", "state", "said"),
    [
        ("на прививку", "ask_details", "На какую прививку"),
        ("мне нужно сделать прививку от гриппа", "ask_date", "На прививку от гриппа"),
        ("вызвать врача на дом", "ask_symptoms", "что беспокоит"),
        ("больничный открыть", "ask_symptoms", ""),
        ("перенести запись", "ask_name", ""),
        ("отменить запись", "ask_name", ""),
        ("узнать результаты анализов", "ask_name", ""),
        ("узнать когда у меня приём", "ask_name", ""),
        ("подтвердить запись", "ask_name", ""),
    ],
)
async def test_another_wish_at_the_question_for_a_doctor_is_taken_up(
    talk: Talk, line: str, state: str, said: str
) -> None:
    reply = await _asked_for_a_doctor(talk, line)
    assert (reply.state, reply.action) == (state, None)
    assert said in " ".join(one.text for one in reply.say)


@pytest.mark.parametrize("line", ["прививка это важно а мне к терапевту", "к терапевту больничный не нужен"])
async def test_a_doctor_that_is_named_beside_it_is_booked(talk: Talk, line: str) -> None:
    reply = await _asked_for_a_doctor(talk, line)
    assert "К терапевту" in " ".join(one.text for one in reply.say)


async def _asked_for_a_doctor(talk: Talk, line: str) -> Reply:
    """Return the reply to `line` after a booking was begun without a word about the doctor."""
    call = talk()
    await call.start()
    assert (await call.heard("запишите меня пожалуйста")).state == "ask_specialty"
    return await call.heard(line)
