"""Who is outside: other systems, and the pages behind the links in messages."""

from __future__ import annotations

from bot.composition.foreign_check import foreign_states
from bot.composition.outside import link_faults
from bot.doctor.finding import Finding, warn
from bot.settings import Settings


async def check_other_systems(settings: Settings) -> list[Finding]:
    """Pyrus and other systems."""
    return [
        Finding(name=one.name, grade=one.grade, text=one.told, remedy=one.remedy)
        for one in await foreign_states(settings)
    ]


async def check_links(settings: Settings) -> list[Finding]:
    """Links in messages to patients."""
    return [warn("Ссылки в сообщениях", text, remedy) for text, remedy in link_faults(settings)]
