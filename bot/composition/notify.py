"""The messages over the bundled system: facts, table, gateways, and people where no gateway helps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.domain.clock import Clock
from bot.domain.follow_up import DESK_OWNER, SYSTEM, Need
from bot.notify.facts import LocalMessageFacts
from bot.notify.gateway import HttpGateway
from bot.notify.mail import SmtpMail
from bot.notify.outbox_file import OutboxFile
from bot.notify.planner import MessagePlanner
from bot.notify.port import Message, MessageKind, MessageStore, Messenger
from bot.notify.service import MessageService
from bot.notify.settings import NotifySettings
from bot.notify.store import SqlMessageStore
from bot.notify.templates import load_templates
from bot.storage.engine import Database
from crm_bridge.local.desk import LocalDesk
from crm_bridge.port import NotFound

UNDELIVERED = "message"
"""The type of the tasks about messages that did not arrive: nothing to do with visits (I3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What the service runs: `planner.take` listens to the outbox, `service` sends."""

    store: MessageStore
    planner: MessagePlanner
    service: MessageService


class DeskTasks:
    """Makes the desk's task of a message that did not arrive; one for each message."""

    def __init__(self, desk: LocalDesk) -> None:
        self._desk = desk
        self._type_is_there = False

    async def undelivered(self, message: Message, why: str) -> None:
        """«Не доставлено сообщение»: its title, the reason, its number; the words and the phone stay in the table."""
        await self._make_type()
        comment = f"Не доставлено: {message.title}. {why}. Сообщите пациенту сами. Сообщение {message.id}"
        if message.patient_id and await self._is_told(message.patient_id, message.id):
            return
        await self._desk.tasks.create_task(
            patient_id=message.patient_id,
            need=Need(),
            comment=comment,
            by=SYSTEM,
            type=UNDELIVERED,
            in_days=0,
            owner=DESK_OWNER,
        )

    async def _make_type(self) -> None:
        if not self._type_is_there:
            if UNDELIVERED not in {one.id for one in await self._desk.tasks.task_types()}:
                await self._desk.tasks.add_task_type(UNDELIVERED, "Не доставлено сообщение", by=SYSTEM)
            self._type_is_there = True

    async def _is_told(self, patient_id: str, message_id: str) -> bool:
        known = await self._desk.tasks.tasks_of(patient_id, closed=True)
        return any(task.type == UNDELIVERED and task.comment.endswith(message_id) for task in known)

    async def taken(self, message: Message) -> None:
        """The preparation has gone out: «подготовка доведена» (TD3)."""
        if message.template == "preparation" and message.visit_id:
            try:
                await self._desk.clinic.prep_told(message.visit_id, call_id=None, by=SYSTEM)
            except NotFound:
                return


@asynccontextmanager
async def open_messages(
    database: Database, desk: LocalDesk, clock: Clock, settings: NotifySettings
) -> AsyncIterator[Messages]:
    """All parts, not yet started; gateways are closed at the end.

    Raises TemplateError, GatewayError, MailError: Russian texts that name the faulty setting.
    """
    store = SqlMessageStore(database, clock)
    people = DeskTasks(desk)
    async with AsyncExitStack() as stack:
        service = MessageService(
            store,
            _messengers(settings, clock, stack),
            clock,
            settings,
            undelivered=people.undelivered,
            taken=people.taken,
        )
        stack.push_async_callback(service.close)
        facts = LocalMessageFacts(desk.clinic.ground)
        planner = MessagePlanner(facts, store, load_templates(settings.templates), clock, settings)
        yield Messages(store=store, planner=planner, service=service)


def _messengers(settings: NotifySettings, clock: Clock, stack: AsyncExitStack) -> Mapping[MessageKind, Messenger]:
    """The clinic's gateways; whatever has none goes to the file."""
    file = OutboxFile(settings.outbox_file, clock)
    sms: Messenger = file
    if settings.sms is not None:
        gateway = HttpGateway(settings.sms)
        stack.push_async_callback(gateway.close)
        sms = gateway
    mail: Messenger = SmtpMail(settings.mail) if settings.mail is not None else file
    return {MessageKind.SMS: sms, MessageKind.EMAIL: mail}
