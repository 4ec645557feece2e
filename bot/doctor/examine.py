"""Every check, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.doctor.exchange import check_asterisk, check_ports, check_registrars
from bot.doctor.finding import Finding, fail
from bot.doctor.outside import check_links, check_other_systems
from bot.doctor.scripts import check_scripts
from bot.doctor.sound import check_capacity, check_priority, check_recognizer, check_voices
from bot.doctor.stores import check_database, check_disk, check_redis
from bot.doctor.understanding import check_understanding
from bot.settings import Settings


async def examine(settings: Settings) -> list[Finding]:
    """Run every check; one that breaks is a finding, not an exception."""
    checks: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (
        check_disk,
        check_database,
        check_redis,
        check_scripts,
        check_asterisk,
        check_ports,
        check_recognizer,
        check_voices,
        check_understanding,
        check_priority,
        check_registrars,
        check_other_systems,
        check_links,
        check_capacity,
    )
    findings: list[Finding] = []
    for check in checks:
        try:
            async with asyncio.timeout(20):
                findings += await check(settings)
        except Exception as error:  # a check must never hide the others
            name = (check.__doc__ or check.__name__).split(".")[0]
            findings.append(fail(name, f"проверка не удалась: {error!r}", "Пришлите этот отчёт разработчикам."))
    return findings
