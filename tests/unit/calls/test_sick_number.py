"""A certificate's number that was misheard is read back and put right before anybody says that there is none."""

from __future__ import annotations

import pytest

from bot.calls.conversation import Conversation, Reply
from tests.fixtures.talk import Talk

SPOKEN = 0.8
"""Confidence of a recogniser; what is typed cannot be misheard."""
BEFORE = ("продлить больничный", "Рябов Кирилл Игоревич", "05.03.1991")
"""Nobody of that birth date, so the number is asked for."""
WRONG = "девятьсот десять ноль ноль один двести тридцать четыре пятьсот пятьдесят семь"


async def after(talk: Conversation, *words: str, confidence: float | None = SPOKEN) -> Reply:
    reply = await talk.start()
    for text in (*BEFORE, *words):
        assert reply.action is None
        reply = await talk.heard(text, confidence)
    return reply


def said(reply: Reply) -> str:
    return " ".join(say.text for say in reply.say)


async def test_it_is_dictated_and_one_group_may_be_put_right(talk: Talk) -> None:
    asked = await after(call := talk(caller=None), WRONG)
    assert "двести тридцать четыре, пятьсот пятьдесят семь" in said(asked)
    assert "Верно ли я его записала?" in said(asked)
    right = await call.heard("не пятьсот пятьдесят семь, а пятьсот шестьдесят семь", SPOKEN)
    assert "двести тридцать четыре, пятьсот шестьдесят семь" in said(right)
    assert right.action == "transfer", "somebody else's certificate is none of this caller's"
    assert "Не нашла" in said(right)


@pytest.mark.parametrize(("answer", "then"), [("да", "transfer"), ("нет", None)])
async def test_the_caller_says_whether_it_was_heard_right(talk: Talk, answer: str, then: str | None) -> None:
    reply = await after(talk(caller=None), WRONG, answer)
    assert reply.action == then
    assert ("двенадцать цифр" in said(reply)) == (then is None)


async def test_it_is_asked_once(talk: Talk) -> None:
    reply = await after(talk(caller=None), WRONG, "нет", WRONG)
    assert reply.action == "transfer"


async def test_what_is_typed_was_not_misheard(talk: Talk) -> None:
    reply = await after(talk(caller=None), "910001234557", confidence=None)
    assert reply.action == "transfer"
