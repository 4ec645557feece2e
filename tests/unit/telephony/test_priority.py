"""Sound before everything else, and what the thread of sound starts is ordinary again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from telephony.priority import prefer_sound, sound_is_first


@pytest.fixture
def aside() -> Iterator[Callable[[Callable[[], bool]], bool]]:
    """Runs things in one thread that is not the tests' own."""
    with ThreadPoolExecutor(1) as executor:
        yield lambda work: executor.submit(work).result()


def in_a_thread_of_its_own() -> bool:
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(sound_is_first).result()


def test_the_answer_is_the_truth(aside: Callable[[Callable[[], bool]], bool]) -> None:
    assert not aside(sound_is_first)
    assert aside(prefer_sound) == aside(sound_is_first)


def test_what_it_starts_is_ordinary(aside: Callable[[Callable[[], bool]], bool]) -> None:
    aside(prefer_sound)
    assert not aside(in_a_thread_of_its_own)


def test_where_the_system_refuses_the_thread_stays_ordinary(
    aside: Callable[[Callable[[], bool]], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert not aside(prefer_sound)
    assert not aside(sound_is_first)
