"""A number dictated in parts: «восемь девятьсот шестнадцать… сто одиннадцать… двадцать два тридцать три»."""

from __future__ import annotations

from typing import Final

from dialogs.correction import is_bare
from dialogs.engine.run import Run
from dialogs.script.model import Question
from dialogs.slots.digits import to_phone

_LENGTHS: Final = {"phone": 10, "sick_leave_number": 12}


def gathers(run: Run, question: Question) -> bool:
    """Add the digits just heard to those before; true while more must come.

    A number that is whole now counts as if it had been said at once; one that has become too long is forgotten.
    """
    kind, heard = question.key_input, run.state.heard
    digits = heard.get("hints", {}).get("digits", "")
    stray = len(digits) < 2 and not is_bare(str(heard.get("text", "")))  # «один момент»
    if kind not in _LENGTHS or not digits or stray or not run.script.dictation or heard.get("slots", {}).get(kind):
        return False
    so_far = run.state.dictated + digits
    value = to_phone(so_far) if kind == "phone" else so_far if len(so_far) == _LENGTHS[kind] else None
    if value is not None:
        run.put(heard={**heard, "slots": {kind: value}}, dictated="")
        return False
    more = len(so_far) < _length(kind, so_far)
    run.put(dictated=so_far if more else "")
    return more


def _length(kind: str, so_far: str) -> int:
    """A phone may begin with an eight or a seven that does not count."""
    return _LENGTHS[kind] + (kind == "phone" and so_far[0] in "78")
