"""Script versions over the clinic's database."""

from __future__ import annotations

from bot.composition.script_exam import ExamRoom
from bot.scripting.desk import ScriptDesk
from bot.scripting.store import ScriptStore
from crm_bridge.local.part import Ground


def script_desk(ground: Ground) -> ScriptDesk:
    """The editor's desk over the clinic's database."""
    return ScriptDesk(ScriptStore(ground), ExamRoom())
