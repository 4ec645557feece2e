"""What the page stands on, of the service's parts."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

from bot.composition.core import Core, State
from bot.composition.line import running_sandbox
from bot.composition.speech import SpeechParts
from bot.domain.clock import Clock
from bot.page import Desk, Health, LogAudit, Probe, RecordingFolder, TypedChats
from bot.storage.tasks import SqlTaskStore
from bot.web.deps import PageFacts, WebDeps
from bot.web.ports import Condition
from crm_bridge.foreign_outbox import ForeignOutbox
from crm_bridge.port import CrmUnavailable
from dialogs.nlu.rasa_engine import RasaEngine
from telephony.browser import BrowserLine
from telephony.port import Line

LATE = timedelta(minutes=10)
"""A write into another system that waits longer is no hiccup."""


async def page_parts(
    core: Core, state: State, speech: SpeechParts, line: Line, tasks: SqlTaskStore, browser: BrowserLine
) -> WebDeps:
    """The page's ports over these parts."""
    settings = core.settings
    sandbox = None if settings.asterisk.ari_url else running_sandbox(settings)
    recordings = [settings.asterisk.recordings, settings.data / "browser-recordings"]
    if sandbox is not None:
        recordings.append(settings.sandbox / "recordings")
    directory = await core.clinic.directory()
    return WebDeps(
        clock=core.clock,
        journal=state.journal,
        desk=Desk(core.clinic, tasks.open_tasks, settings.zone, advance=core.clinic.advance_request),
        events=state.events,
        chats=TypedChats(lambda caller: core.conversation(call_id=f"chat-{uuid.uuid4()}", caller=caller)),
        recordings=RecordingFolder(*recordings),
        audit=LogAudit(settings.data / "audit.log"),
        health=Health(_probes(core, state, speech, line)),
        facts=PageFacts(
            clinic=directory.name, zone=settings.clinic.timezone, phone=sandbox.sip_address if sandbox else ""
        ),
        voice=browser,
    )


def _probes(core: Core, state: State, speech: SpeechParts, line: Line) -> dict[str, Probe]:
    async def line_state() -> str:
        health = await line.health()
        return f"{health.name} {health.version}, каналов {health.channels}"

    async def database() -> str:
        await core.clinic.open_requests()
        return "отвечает"

    async def redis() -> str:
        await state.redis.ping()
        return "отвечает"

    async def recognizer() -> str:
        return speech.recognizer.capabilities.name

    async def voice() -> str:
        return speech.synthesizer.capabilities.name

    probes = {
        "line": Probe(ask=line_state, remedy="Asterisk не отвечает: проверьте его и registratura doctor."),
        "database": Probe(ask=database, remedy="База не отвечает: проверьте database.url и сервер."),
        "redis": Probe(ask=redis, remedy="Redis не отвечает: звонки идут, страница не обновляется."),
        "recogniser": Probe(ask=recognizer, remedy="Распознавание не отвечает: перезапустите службу."),
        "voice": Probe(ask=voice, remedy="Голос не отвечает: проверьте RHVoice и espeak-ng."),
    }
    if core.rasa is not None:
        probes["understanding"] = understanding_probe(core.rasa)
    if core.foreign is not None:
        remedy = "Другая система не берёт записи: выполните registratura doctor. Записи ждут и уйдут сами."
        # nobody is helped by a restart of the service while another system is down
        ask = partial(what_waits, core.foreign.outbox, core.clock)
        probes["foreign"] = Probe(ask=ask, remedy=remedy, fault=Condition.DEGRADED)
    return probes


def understanding_probe(rasa: RasaEngine) -> Probe:
    """Whether Rasa could rank now; callers are understood in any case."""
    remedy = "Rasa не отвечает: звонящих понимает встроенный движок. Выполните registratura rasa status."
    return Probe(ask=rasa.check, remedy=remedy, fault=Condition.DEGRADED)


async def what_waits(outbox: ForeignOutbox, clock: Clock) -> str:
    """What is still to be told. Raises CrmUnavailable when some of it has waited for too long."""
    now = clock.now()
    if any(one.created_at < now - LATE for one in await outbox.due(now + LATE)):
        raise CrmUnavailable("записи ждут слишком долго")
    return f"ждут отправки: {await outbox.backlog()}"
