"""bot.page: the page's ports over real parts: folders of recordings, the audit's file, questions to every part."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.page import Health, LogAudit, Probe, RecordingFolder
from bot.web.ports import Access, AuditEntry, Condition
from bot.web.sample import NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "recordings"
    inside.mkdir()
    (inside / "call.wav").write_bytes(b"RIFF")
    (tmp_path / "outside.wav").write_bytes(b"RIFF")
    (inside / "link.wav").symlink_to(tmp_path / "outside.wav")
    return inside


def test_gives_recordings_that_lie_in_its_folders(folder: Path, tmp_path: Path) -> None:
    recordings = RecordingFolder(tmp_path / "none", folder)
    assert recordings.path(str(folder / "call.wav")) == folder / "call.wav"


@pytest.mark.parametrize("name", ["gone.wav", "../outside.wav", "link.wav", "/etc/passwd", ""])
def test_gives_nothing_from_elsewhere(folder: Path, name: str) -> None:
    assert RecordingFolder(folder).path(str(folder / name)) is None


async def test_the_audit_adds_a_line_for_each_reading(tmp_path: Path) -> None:
    audit = LogAudit(tmp_path / "audit.log")
    for access, later in ((Access.TRANSCRIPT, 0), (Access.RECORDING, 5)):
        entry = AuditEntry(at=NOW + timedelta(seconds=later), access=access, call_id="c1", who="127.0.0.1")
        await audit.record(entry)
    assert (tmp_path / "audit.log").read_text(encoding="utf-8").splitlines() == [
        "2026-11-23T10:00:00+03:00 127.0.0.1 transcript c1",
        "2026-11-23T10:00:05+03:00 127.0.0.1 recording c1",
    ]


async def test_an_audit_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    entry = AuditEntry(at=NOW, access=Access.PHONE, call_id="c1", who="127.0.0.1")
    with pytest.raises(OSError):
        await LogAudit(tmp_path / "no" / "such" / "folder").record(entry)


async def test_parts_are_asked_at_once_and_a_dead_one_says_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.page.PROBE_SECONDS", 0.05)

    async def fine() -> str:
        return "Asterisk 22"

    async def broken() -> str:
        raise OSError("refused")

    async def stuck() -> str:
        await asyncio.Event().wait()
        return "never"

    probes = {
        name: Probe(ask=ask, remedy="Запустите") for name, ask in (("line", fine), ("redis", broken), ("voice", stuck))
    }
    probes["foreign"] = Probe(ask=broken, remedy="Ждут", fault=Condition.DEGRADED)
    found = await Health(probes).check()
    assert [(part.name, part.condition, part.detail) for part in found] == [
        ("line", Condition.OK, "Asterisk 22"),
        ("redis", Condition.DOWN, "Запустите"),
        ("voice", Condition.DOWN, "Запустите"),
        ("foreign", Condition.DEGRADED, "Ждут"),
    ]
