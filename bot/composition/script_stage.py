"""Where the dialogues of a script happen: a clinic of their own, the real understanding, always the same Monday."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from bot.calls.conversation import Conversation
from bot.calls.replay import Dialogue, DialogueError, Given
from bot.composition.core import DEMO_CLINIC
from bot.domain.clock import MOSCOW, ManualClock
from bot.domain.follow_up import BOT_OWNER, ClinicTask, Errand, Need, WaitRequest
from bot.settings import nlu_cache
from crm_bridge.local.build import read_clinic
from crm_bridge.memory import MemoryClinic
from dialogs.nlu.embedded import EmbeddedEngine
from dialogs.nlu.pipeline import Understander
from dialogs.script import Script

EXAM_NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
"""When all dialogues happen: a Monday. Days of a dialogue are counted from it."""


class Stage:
    """A clinic for dialogues: every one begins at the same moment, in a clinic that nobody has changed."""

    def __init__(self, clinic: Path = DEMO_CLINIC, now: datetime = EXAM_NOW) -> None:
        self._data = read_clinic(clinic, now)
        self._now = now
        # what a script does must not hang on an engine that is a service elsewhere
        self._understander = Understander(EmbeddedEngine(cache=nlu_cache()))

    async def begin(self, script: Script, dialogue: Dialogue) -> Conversation:
        """A talk by that script with whoever the dialogue is about. Raises DialogueError."""
        clock = ManualClock(self._now)
        clinic = MemoryClinic(self._data, clock)
        await _prepare(clinic, dialogue, self._now.date())
        return Conversation(
            script=script,
            understander=self._understander,
            crm=clinic,
            clock=clock,
            call_id=dialogue.id,
            caller_phone=dialogue.caller_phone,
            direction=script.direction,
        )


async def _prepare(clinic: MemoryClinic, dialogue: Dialogue, today: date) -> None:
    """Bring about what the dialogue says there is before the call."""
    given = dialogue.given
    if given == Given():
        return
    people = await clinic.patients_by_phone(dialogue.caller_phone or "")
    if not people:
        raise DialogueError(f"диалог {dialogue.id}: given: в клинике нет пациента с телефоном {dialogue.caller_phone}")
    patient = people[0]
    if given.waiting:
        wanted = WaitRequest(patient_id=patient.id, need=Need(specialty=given.waiting))
        await clinic.join_waitlist(wanted, call_id=None)
        await clinic.offer_openings()
    if given.errand:
        task = ClinicTask(
            id=f"errand-{dialogue.id}",
            type="planned",
            patient_id=patient.id,
            phone=None,
            need=Need(specialty=given.errand),
            comment="",
            active_from=today,
            owner=BOT_OWNER,
            status="open",
        )
        clinic.add_errand(Errand(task=task, patient=patient))
