"""The storage's own tables; the clinic's are in crm_bridge.local.tables, on the same metadata."""

from bot.storage.tables.calls import CallRow, TurnRow
from bot.storage.tables.learning import PhrasePublicationRow, PhraseRow, PhraseSetRow, PhraseSynonymRow
from bot.storage.tables.messages import MessageRow
from bot.storage.tables.outbox import OutboxRow
from bot.storage.tables.scripts import ScriptPublicationRow, ScriptVersionRow
from bot.storage.tables.tasks import CallAttemptRow, CallDecisionRow, CallTaskRow

__all__ = [
    "CallAttemptRow",
    "CallDecisionRow",
    "CallRow",
    "CallTaskRow",
    "MessageRow",
    "OutboxRow",
    "PhrasePublicationRow",
    "PhraseRow",
    "PhraseSetRow",
    "PhraseSynonymRow",
    "ScriptPublicationRow",
    "ScriptVersionRow",
    "TurnRow",
]
