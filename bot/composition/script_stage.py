"""Where the dialogues of a script happen: a clinic of their own, the real understanding, always the same Monday."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot.calls.conversation import Conversation
from bot.calls.replay import Dialogue
from bot.composition.core import DEMO_CLINIC, nlu_cache
from bot.domain.clock import MOSCOW, ManualClock
from crm_bridge.local.build import read_clinic
from crm_bridge.memory import MemoryClinic
from dialogs.nlu.engines import build_engine
from dialogs.nlu.pipeline import Understander
from dialogs.script import Script

EXAM_NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
"""When all dialogues happen: a Monday. Days of a dialogue are counted from it."""
EXAM_ENGINE = "embedded"
"""What a script does must not hang on an engine that is a service elsewhere."""


class Stage:
    """A clinic for dialogues: every one begins at the same moment, in a clinic that nobody has changed."""

    def __init__(self, clinic: Path = DEMO_CLINIC, now: datetime = EXAM_NOW) -> None:
        self._data = read_clinic(clinic, now)
        self._now = now
        self._understander = Understander(build_engine(EXAM_ENGINE, cache=nlu_cache()))

    def begin(self, script: Script, dialogue: Dialogue) -> Conversation:
        """A talk by that script with whoever the dialogue is about."""
        clock = ManualClock(self._now)
        return Conversation(
            script=script,
            understander=self._understander,
            crm=MemoryClinic(self._data, clock),
            clock=clock,
            call_id=dialogue.id,
            caller_phone=dialogue.caller_phone,
            direction=script.direction,
        )
