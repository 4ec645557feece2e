"""When a rehearsal happens: as asked, else as the clinic's file says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot.commands.support import rehearsal_clock
from bot.domain.clock import MOSCOW

CLINIC = Path(__file__).parents[2] / "data" / "acceptance_clinic.json"
IN_FILE = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
ASKED = datetime(2027, 3, 1, 9, tzinfo=MOSCOW)


def test_the_moment_asked_for_comes_first() -> None:
    assert rehearsal_clock(ASKED, CLINIC).now().date() == ASKED.date()


def test_the_clinics_file_says_when_its_rehearsal_begins() -> None:
    assert rehearsal_clock(None, CLINIC).now().date() == IN_FILE.date()


def test_without_both_it_is_now() -> None:
    assert abs((rehearsal_clock(None, None).now() - datetime.now(MOSCOW)).total_seconds()) < 3600
