"""A rig on a fresh exchange, which leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.calls import hearing, scribe
from telephony.simulated import SimulatedExchange
from tests.fixtures.talk import *  # noqa: F403
from tests.fixtures.talk import Talk
from tests.unit.session.rig import SPEED, Rig, exchange_in, nothing_left


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[SimulatedExchange]:
    exchange = exchange_in(tmp_path)
    async with nothing_left(exchange):
        yield exchange


@pytest.fixture(autouse=True)
def quick_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause that ends keys and the patience with a journal, as quick as the rest."""
    monkeypatch.setattr(hearing, "KEY_PAUSE_S", hearing.KEY_PAUSE_S / SPEED)
    monkeypatch.setattr(scribe, "OPENING_S", scribe.OPENING_S / SPEED)
    monkeypatch.setattr(scribe, "SETTLE_S", scribe.SETTLE_S / SPEED)


@pytest.fixture
async def rig(talk: Talk, exchange: SimulatedExchange) -> AsyncIterator[Rig]:
    async with Rig(talk, exchange) as rig:
        yield rig
        for wire in tuple(exchange.wires.values()):
            wire.end()
