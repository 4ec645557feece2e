"""A clinic of values for every test."""

from __future__ import annotations

import pytest

from tests.unit.notify.message_house import MessageHouse


@pytest.fixture
def house() -> MessageHouse:
    return MessageHouse()
