"""What needs no database: moments as they are stored, and where the embedded Valkey listens."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from bot.domain.clock import MOSCOW
from bot.storage.base import UtcDateTime
from bot.storage.migrate import head_revision
from bot.storage.valkey import embedded_url, socket_path

NOON = datetime(2026, 11, 23, 12, tzinfo=MOSCOW)
DIALECTS = [sqlite.dialect(), postgresql.dialect()]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_moment_comes_back_as_the_same_moment_in_utc(dialect: Dialect) -> None:
    kind = UtcDateTime()
    back = kind.process_result_value(kind.process_bind_param(NOON, dialect), dialect)
    assert back == NOON
    assert back is not None
    assert back.tzinfo is UTC
    assert kind.process_result_value(kind.process_bind_param(None, dialect), dialect) is None


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_naive_moment_is_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match="aware"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), dialect)


def test_the_history_has_one_head() -> None:
    assert head_revision() >= "0002"


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    near, deep = tmp_path / "v", tmp_path / ("d" * 120)
    assert socket_path(near) == near / "valkey.sock"
    assert len(str(socket_path(deep))) < 100
    assert socket_path(deep) == socket_path(deep)
    assert socket_path(deep) != socket_path(tmp_path / ("e" * 120))
    assert embedded_url(near) == f"unix://{near}/valkey.sock"
