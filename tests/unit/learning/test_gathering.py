"""From a call's words to a phrase that may be kept; a database that is away loses none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from bot.calls.unclear import UnclearWords
from bot.domain.clock import MOSCOW
from bot.domain.learning import LONGEST_PHRASE, MaskedPhrase, Why
from bot.learning.gather import MOST_WAITING, Gathering, masked_phrase
from dialogs.port import Directory

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)


def words(text: str, state: str = "open") -> UnclearWords:
    return UnclearWords(
        text=text, state=state, directory=Directory(), why=Why.REJECTED, guess="documents", confidence=0.2,
        call_id="c1", at=NOW,
    )  # fmt: skip


class Queue:
    def __init__(self) -> None:
        self.kept: list[MaskedPhrase] = []
        self.away = False

    async def keep(self, phrases: list[MaskedPhrase]) -> int:
        if self.away:
            raise OSError("away")
        self.kept += phrases
        return len(phrases)


def test_a_phrase_is_kept_without_the_person() -> None:
    phrase = masked_phrase(words("Это Кузнецов Пётр Ильич, мне бумагу в бассейн"))
    assert phrase is not None
    assert phrase.text == "это [имя] мне бумагу в бассейн"
    assert phrase.key == "это имя мне бумагу в бассейн"


@pytest.mark.parametrize("text", ["Кузнецов Пётр Ильич", "ну э", "", "слово " * LONGEST_PHRASE])
def test_what_teaches_nothing_is_not_kept(text: str) -> None:
    assert masked_phrase(words(text)) is None


async def test_what_a_database_does_not_take_waits_in_its_order() -> None:
    gathering, queue = Gathering(), Queue()
    gathering.take(words("бумагу в бассейн"))
    queue.away = True
    with pytest.raises(OSError, match="away"):
        await gathering.write(queue)
    gathering.take(words("справку в бассейн"))
    queue.away = False
    assert await gathering.write(queue) == 2
    assert [one.text for one in queue.kept] == ["бумагу в бассейн", "справку в бассейн"]
    assert await gathering.write(queue) == 0


async def test_words_on_their_way_when_the_service_ends_are_written_when_it_closes() -> None:
    gathering, queue, begun = Gathering(), Queue(), asyncio.Event()

    class Slow:
        async def keep(self, phrases: list[MaskedPhrase]) -> int:
            begun.set()
            await asyncio.Event().wait()
            return 0

    gathering.take(words("бумагу в бассейн"))
    writing = asyncio.create_task(gathering.write(Slow()))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await gathering.write(queue) == 1


async def test_words_that_cannot_be_masked_keep_no_others_back(caplog: pytest.LogCaptureFixture) -> None:
    gathering, queue = Gathering(), Queue()
    gathering.take(replace(words("это тайна"), at=None))  # type: ignore[arg-type]
    gathering.take(words("бумагу в бассейн"))
    assert await gathering.write(queue) == 1
    assert "A phrase could not be masked" in caplog.text
    assert "тайна" not in caplog.text


async def test_it_never_holds_more_than_it_may() -> None:
    gathering, queue = Gathering(), Queue()
    for number in range(MOST_WAITING + 5):
        gathering.take(words(f"бумагу в бассейн {number}"))
    assert await gathering.write(queue) == MOST_WAITING
