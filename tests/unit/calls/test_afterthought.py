"""«Да…» is answered at once; the rest of it, heard over the next question, is not taken for its answer."""

from __future__ import annotations

from datetime import timedelta

from bot.calls.afterthought import AFTERTHOUGHT_S, Afterthought
from bot.domain.clock import ManualClock
from dialogs.port import Intent, Interpretation
from tests.fixtures.talk import NOW, Talk

WISH = "запишите к терапевту на завтра на десять"


async def test_rest_of_a_yes_repeats_the_question_and_costs_nothing(talk: Talk) -> None:
    conversation = talk()
    await conversation.start()
    await conversation.heard(WISH, 0.9)
    asked = await conversation.heard("да", 0.9)
    assert asked.state == "ask_name"
    again = await conversation.heard("подходит", 0.9)
    assert (again.state, again.say[-1].text) == ("ask_name", asked.say[-1].text)


async def test_typed_words_have_no_afterthoughts(talk: Talk) -> None:
    conversation = talk()
    await conversation.start()
    await conversation.heard(WISH)
    asked = await conversation.heard("да")
    again = await conversation.heard("да")
    assert again.state == "ask_name"
    assert again.say[-1].text != asked.say[-1].text


def said(intent: str) -> Interpretation:
    return Interpretation(text="да", normalized="да", intent=intent, confidence=0.9, intents=(intent,))


def test_edges() -> None:
    clock = ManualClock(NOW)
    afterthought = Afterthought(clock)
    afterthought.heard(said(Intent.AFFIRM))
    assert afterthought.is_one(said(Intent.AFFIRM), "name")
    assert not afterthought.is_one(said(Intent.DENY), "name")
    assert not afterthought.is_one(said(Intent.AFFIRM), "yes_no")
    clock.advance(timedelta(seconds=AFTERTHOUGHT_S + 0.001))
    assert not afterthought.is_one(said(Intent.AFFIRM), "name")
