"""What the call itself says, in the script's own words; and whether a kept talk still has its place in the script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialogs.expressions import render
from dialogs.script import Script


def phrase_of(script: Script, name: str, **values: str) -> str:
    """The text of that name (dialogs.script.model.CALL_TEXTS), filled in; "" when the script has none."""
    return render(str(script.texts.get(name, "")), values)


def has_place(script: Script, snapshot: Mapping[str, Any]) -> bool:
    """Whether every step that a kept talk stands in, or returns to, is in the script."""
    dialog = snapshot.get("dialog") or {}
    steps = [dialog.get("step"), *(frame.get("step") for frame in dialog.get("stack", ()))]
    return bool(dialog) and all(step in script.steps for step in steps)
