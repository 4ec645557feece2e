"""Words recognised in the pause are understood in the pause, and once."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.calls.conversation import Conversation
from dialogs.nlu.pipeline import Understander
from dialogs.port import Interpretation, NluContext
from tests.fixtures.talk import Talk


@dataclass(slots=True)
class Diary:
    """The real understanding, and what it was asked in which state."""

    understander: Understander
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        self.asked.append((context.state, text))
        if text == "сломайся":
            raise RuntimeError
        return await self.understander.interpret(text, context)


async def answered(talk: Talk, understander: Understander) -> tuple[Conversation, Diary]:
    """A talk that has been greeted, and its diary."""
    diary = Diary(understander)
    conversation = talk(understands=diary)
    await conversation.start()
    return conversation, diary


async def test_what_was_foreseen_is_not_understood_again(talk: Talk, understander: Understander) -> None:
    conversation, diary = await answered(talk, understander)
    await conversation.foresee("запишите меня к хирургу")
    reply = await conversation.heard("запишите меня к хирургу")
    assert diary.asked == [("open", "запишите меня к хирургу")]
    assert (reply.state, reply.intent, reply.nlu_ms) == ("ask_date", "book_appointment", 0.0)


async def test_who_spoke_on_is_understood_whole(talk: Talk, understander: Understander) -> None:
    conversation, diary = await answered(talk, understander)
    await conversation.foresee("запишите меня")
    reply = await conversation.heard("запишите меня к хирургу")
    assert [text for _, text in diary.asked] == ["запишите меня", "запишите меня к хирургу"]
    assert (reply.state, reply.slots["specialty"]) == ("ask_date", "хирург")


async def test_the_same_words_to_another_question_are_understood_anew(talk: Talk, understander: Understander) -> None:
    conversation, diary = await answered(talk, understander)
    await conversation.foresee("да")
    await conversation.heard("запишите меня к хирургу")
    await conversation.heard("на любой день")
    await conversation.foresee("да")
    reply = await conversation.heard("да")
    assert [state for state, text in diary.asked if text == "да"] == ["open", "ask_slot_ok"]
    assert reply.state == "ask_name"


async def test_what_was_foreseen_before_a_key_is_understood_anew(talk: Talk, understander: Understander) -> None:
    conversation, diary = await answered(talk, understander)
    await conversation.foresee("запишите меня к хирургу")
    await conversation.silence()
    await conversation.heard("запишите меня к хирургу")
    assert [state for state, _ in diary.asked] == ["open", "open"]


async def test_a_reading_that_fails_is_not_the_end_of_the_call(talk: Talk, understander: Understander) -> None:
    conversation, _ = await answered(talk, understander)
    await conversation.foresee("сломайся")
    reply = await conversation.heard("запишите меня к хирургу")
    assert reply.state == "ask_date"
