"""The program is read beside the event loop, and what is wrong with it is told."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from bot.commands.support import read_program

READER = "import threading\nREAD_IN = threading.get_ident()\n"


async def test_is_read_in_a_thread_that_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "read_aside.py").write_text(READER)
    monkeypatch.syspath_prepend(tmp_path)
    before = threading.active_count()

    await read_program("read_aside")

    assert threading.get_ident() != sys.modules.pop("read_aside").READ_IN
    assert threading.active_count() == before


async def test_a_fault_in_it_is_raised() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_part"):
        await read_program("bot.no_such_part")
