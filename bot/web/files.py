"""Recordings in a folder, and an audit that goes to the log."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.web.ports import AuditEntry

log = logging.getLogger("registratura.audit")


class FolderRecordings:
    """Recordings under one folder; the journal keeps their paths, absolute or relative to it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def path(self, recording: str) -> Path | None:
        """The file, if it exists and lies inside the folder whatever the name says."""
        path = (self._root / recording).resolve()
        return path if path.is_relative_to(self._root) and path.is_file() else None


class LogAudit:
    """Writes one line for each reading."""

    async def record(self, entry: AuditEntry) -> None:
        fields = {"access": entry.access.value, "call_id": entry.call_id, "who": entry.who, "at": entry.at.isoformat()}
        log.info("call record read", extra=fields)
