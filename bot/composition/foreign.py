"""Other systems beside the bundled one, by the settings: what is told them, what they tell, and who asks them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.domain.clock import Clock
from bot.foreign_settings import GenericHttpSettings, PyrusSettings
from bot.settings import Settings, SettingsError
from bot.web.hooks import Hook
from crm_bridge.bridge import Bridge
from crm_bridge.foreign_calls import ForeignCalls
from crm_bridge.foreign_inbox import ForeignInbox, OnceWorker, SeenKeys
from crm_bridge.foreign_news import ForeignNews
from crm_bridge.foreign_outbox import ForeignOutbox
from crm_bridge.foreign_relay import ForeignRelay
from crm_bridge.foreign_service import ForeignService, Round
from crm_bridge.foreign_system import ForeignSystem
from crm_bridge.generic_http import GenericHttp, GenericOptions
from crm_bridge.generic_http.folder import NAME as CSV
from crm_bridge.generic_http.folder import CsvFolder, CsvInbox
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.foreign_outbox import SqlForeignOutbox
from crm_bridge.local.lead_news import SqlLeadSource
from crm_bridge.local.seen_keys import SqlSeenKeys
from crm_bridge.pyrus import Account, PyrusConnector, PyrusMapping, PyrusMappingError, open_pyrus, read_mapping
from crm_bridge.pyrus.webhooks import LARGEST_BODY as LARGEST_OF_PYRUS

ONCE = 20
"""Writes of one round: a stop does not wait for more than that."""
LARGEST_MESSAGE = 1024 * 1024
"""A message of the contract of generic_http is one event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """The clinic's system with the others beside it; `service` is not started yet."""

    bridge: Bridge
    outbox: ForeignOutbox
    calls: ForeignCalls | None
    service: ForeignService
    hooks: tuple[Hook, ...]


def pyrus_mapping(given: PyrusSettings) -> PyrusMapping:
    """The clinic's file of forms and fields. Raises SettingsError."""
    try:
        return read_mapping(given.mapping)
    except PyrusMappingError as error:
        raise SettingsError(f"crm.pyrus.mapping: {error}") from error


def pyrus_connector(given: PyrusSettings, mapping: PyrusMapping, clock: Clock) -> PyrusConnector:
    """The connector; made inside the running event loop, closed by whoever made it."""
    account = Account(
        login=given.login, security_key=given.security_key, auth_url=given.auth_url, api_url=given.api_url
    )
    return open_pyrus(mapping, account, clock, timeout_s=given.timeout_s)


def generic_connector(given: GenericHttpSettings, clock: Clock) -> GenericHttp:
    """The connector; closed by whoever made it."""
    options = GenericOptions(
        base_url=given.url,
        secrets=(given.secret, given.old_secret) if given.old_secret else (given.secret,),
        name=given.name,
        offers=frozenset[str](given.offers),
        timeout_s=given.timeout_s,
    )
    return GenericHttp(options, clock)


@asynccontextmanager
async def open_foreign(settings: Settings, desk: LocalDesk, clock: Clock) -> AsyncIterator[Foreign | None]:
    """Connect what the settings name; None when that is nothing. Nobody is asked anything yet. Raises SettingsError."""
    given = settings.crm
    async with AsyncExitStack() as stack:
        connectors = _Connectors()
        if given.pyrus is not None:
            connectors.pyrus = pyrus_connector(given.pyrus, pyrus_mapping(given.pyrus), clock)
            stack.push_async_callback(connectors.pyrus.close)
        if given.generic_http is not None:
            connectors.generic = generic_connector(given.generic_http, clock)
            stack.push_async_callback(connectors.generic.close)
        if given.csv is not None:
            connectors.csv = CsvFolder(given.csv.folder, clock, settings.zone)
        yield _joined(settings, desk, clock, connectors) if connectors.systems else None


@dataclass(slots=True)
class _Connectors:
    """Those that are switched on; the first that declares an ability has it."""

    pyrus: PyrusConnector | None = None
    generic: GenericHttp | None = None
    csv: CsvFolder | None = None

    @property
    def systems(self) -> list[ForeignSystem]:
        """The first two offer every port, and refuse what they do not declare."""
        whole = [
            ForeignSystem(connector=one, booking=one, tasks=one, leads=one, calls=one)
            for one in (self.pyrus, self.generic)
            if one is not None
        ]
        return [*whole, *([ForeignSystem(connector=self.csv, booking=self.csv)] if self.csv else [])]


def _joined(settings: Settings, desk: LocalDesk, clock: Clock, connectors: _Connectors) -> Foreign:
    ground, systems = desk.clinic.ground, connectors.systems
    outbox = SqlForeignOutbox(ground)
    bridge = Bridge(desk.clinic, systems, outbox, clock, leads=SqlLeadSource(ground))
    relay = ForeignRelay(outbox, systems, clock, given_up=bridge.left_to_people)
    news, seen = ForeignNews(desk.clinic, outbox, desk.leads), SqlSeenKeys(ground)
    rounds: list[Round] = [partial(relay.round, limit=ONCE)]
    keeper = next((one.name for one in systems if one.capabilities.call_tasks), None)
    calls = ForeignCalls(keeper, bridge, desk.clinic, desk.tasks, seen, clock) if keeper else None
    if calls is not None:
        rounds.append(calls.round)
    if settings.crm.csv is not None:
        worker = OnceWorker(CSV, news, seen)
        rounds.append(CsvInbox(settings.crm.csv.folder, worker, settings.zone).round)
    return Foreign(
        bridge=bridge,
        outbox=outbox,
        calls=calls,
        service=ForeignService(*rounds),
        hooks=_hooks(news, seen, connectors),
    )


def _hooks(news: ForeignNews, seen: SeenKeys, connectors: _Connectors) -> tuple[Hook, ...]:
    hooks = []
    pyrus, generic = connectors.pyrus, connectors.generic
    if pyrus is not None:
        # its own repetition after a lost answer is an honest one, and ends with a good answer only
        inbox = ForeignInbox(pyrus.capabilities.name, pyrus, news, seen, repeats_refused=False)
        hooks.append(Hook(path="pyrus", inbox=inbox, largest=LARGEST_OF_PYRUS))
    if generic is not None and generic.capabilities.webhooks:
        inbox = ForeignInbox(generic.capabilities.name, generic, news, seen)
        hooks.append(Hook(path="generic", inbox=inbox, largest=LARGEST_MESSAGE, untrusted=401))
    return tuple(hooks)
