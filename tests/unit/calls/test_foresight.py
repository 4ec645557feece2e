"""Words recognised in the pause are understood in the pause, and once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.calls.conversation import Conversation
from bot.calls.foresight import Foreseen
from bot.domain.clinic import Hold, Opening, OpeningQuery
from bot.domain.clock import ManualClock
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory import MemoryClinic
from dialogs.nlu.pipeline import Understander
from dialogs.port import Interpretation, NluContext
from dialogs.step import Effect, EffectDone
from tests.fixtures.talk import NOW, Talk


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


class Watched(MemoryClinic):
    """A clinic that notes what is searched for and held."""

    def __init__(self, data: ClinicData) -> None:
        super().__init__(data, ManualClock(NOW))
        self.searched: list[str | None] = []
        self.held: list[str] = []

    async def openings(self, query: OpeningQuery) -> Sequence[Opening]:
        self.searched.append(query.specialty)
        return await super().openings(query)

    async def hold(self, opening_id: str, *, owner: str, service_id: str | None = None) -> Hold:
        self.held.append(opening_id)
        return await super().hold(opening_id, owner=owner, service_id=service_id)


async def greeted(talk: Talk, data: ClinicData) -> tuple[Conversation, Watched]:
    """A talk that has been greeted, and its clinic."""
    clinic = Watched(data)
    conversation = talk(crm=clinic)
    await conversation.start()
    return conversation, clinic


async def test_openings_are_looked_up_in_the_pause_and_once(talk: Talk, clinic_data: ClinicData) -> None:
    conversation, clinic = await greeted(talk, clinic_data)
    before = conversation.snapshot()
    await conversation.foresee("запишите меня к хирургу на завтра")
    assert conversation.snapshot() == before
    looked_up = list(clinic.searched)
    assert set(looked_up) == {"хирург"}
    reply = await conversation.heard("запишите меня к хирургу на завтра")
    assert (reply.state, clinic.searched) == ("ask_slot_ok", looked_up)


async def test_nothing_is_written_in_the_pause(talk: Talk, clinic_data: ClinicData) -> None:
    conversation, clinic = await greeted(talk, clinic_data)
    await conversation.heard("запишите меня к хирургу на завтра")
    await conversation.foresee("да")
    assert not clinic.held
    reply = await conversation.heard("да")
    assert (reply.state, len(clinic.held)) == ("ask_name", 1)


async def test_who_speaks_on_after_a_search_is_searched_for_anew(talk: Talk, clinic_data: ClinicData) -> None:
    conversation, clinic = await greeted(talk, clinic_data)
    await conversation.foresee("запишите меня к хирургу на завтра")
    await conversation.heard("запишите меня к терапевту на завтра")
    assert set(clinic.searched) == {"хирург", "терапевт"}


async def test_what_was_looked_up_before_a_write_is_looked_up_again() -> None:
    looked_up = EffectDone(name="visits", ok=True, value={"count": 1})
    effect = Effect(name="visits", args={"patient": "p-1"})
    said = Interpretation(text="да", normalized="да", intent="affirm", confidence=1.0, intents=("affirm",))
    foreseen = Foreseen("да", "open", said, [(effect, looked_up)])
    assert foreseen.take(effect) == looked_up
    assert foreseen.take(Effect(name="release", args={"hold": "h-1"})) is None
    assert foreseen.take(effect) is None
