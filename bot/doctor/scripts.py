"""The speech scripts that calls take: whether what was published still fits this version of the product."""

from __future__ import annotations

from bot.composition.desk import open_desk
from bot.composition.scripting import script_desk
from bot.doctor.finding import Finding, fail, ok
from bot.domain.script_versions import SHIPPED_VERSION
from bot.scripting.desk import ScriptDesk
from bot.settings import Settings
from bot.storage import migrate
from dialogs.script import ScriptError, check_script


async def check_scripts(settings: Settings) -> list[Finding]:
    """Scripts."""
    if await migrate.current_revision(settings.database_url) != migrate.head_revision():
        return []  # the database's own line says what to do
    async with open_desk(settings) as desk:
        scripts = script_desk(desk.clinic.ground)
        states = await scripts.states()
        faulty = {one.id: await _fault(scripts, one.id, one.live) for one in states if one.live != SHIPPED_VERSION}
    findings = [
        fail(
            "Сценарии",
            f"{script}: опубликованная версия больше не годится, {fault}",
            f"Исправьте и опубликуйте снова, или верните прежнюю: registratura script rollback {script}",
        )
        for script, fault in faulty.items()
        if fault
    ]
    told = ", ".join(f"{one.id} {one.live or 'поставляемый'}" for one in states)
    return findings or [ok("Сценарии", f"версии: {told}")]


async def _fault(scripts: ScriptDesk, script: str, number: int) -> str:
    """The first thing that stands against a version, "" when nothing does."""
    try:
        problems = check_script(await scripts.script(script, number))
    except ScriptError as error:
        problems = list(error.problems)
    return str(problems[0]) if problems else ""
