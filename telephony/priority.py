"""Sound before everything else: real-time priority for the thread that carries it."""

from __future__ import annotations

import os
from typing import Final

REAL_TIME: Final = 10
"""The round-robin priority that Asterisk's `highpriority` takes; neither stands in the other's way."""


def prefer_sound() -> bool:
    """Let the calling thread run before all ordinary work; False where the system does not allow it.

    Threads and processes that it starts are ordinary again: a recogniser must not delay a packet.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(REAL_TIME))
    except OSError:
        return False
    return True


def sound_is_first() -> bool:
    """Whether the calling thread has real-time priority."""
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
