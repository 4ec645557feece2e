"""Whoever hears the clinic's news and acts on it without a call: the page, robots, messages, webhooks; and the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from bot.composition.core import Core, State
from bot.composition.foreign_news import foreign_news
from bot.composition.notify import open_messages
from bot.composition.outside import add_answers, is_answered
from bot.notify.service import MessageService
from bot.notify.settings import GatewaySettings, MailSettings, NotifySettings
from bot.settings import Settings, SettingsError
from bot.storage.desk_news import desk_news
from bot.storage.outbox import Outbox, OutboxEvent, OutboxRelay, each_of
from bot.web.hooks import add_hooks


@asynccontextmanager
async def open_office(core: Core, state: State) -> AsyncIterator[OutboxRelay]:
    """All of them listening to one outbox, begun; an event stays there until everybody has taken it."""
    desk, clock = core.desk, core.clock

    async def robots(event: OutboxEvent) -> None:
        await desk.robots.react(event)

    async with AsyncExitStack() as stack:
        listeners = [desk_news(state.events), robots]
        service: MessageService | None = None
        if core.settings.notify.enabled:
            messages = await stack.enter_async_context(
                open_messages(core.database, desk, clock, notify_settings(core.settings))
            )
            listeners.append(messages.planner.take)
            service = messages.service
            await service.start()
        if core.foreign is not None:
            listeners.append(foreign_news(core.foreign, state.journal))
            stack.push_async_callback(core.foreign.service.close)
            await core.foreign.service.start()
        if core.settings.api.enabled:
            # its models take a while to build: who has not switched it on does not wait for them
            from bot.composition.api import webhook_news, webhook_service

            webhooks = webhook_service(desk, clock)
            stack.push_async_callback(webhooks.close)
            listeners.append(webhook_news(desk))
            await webhooks.start()
        if core.settings.api.enabled or is_answered(core.settings) or (core.foreign and core.foreign.hooks):
            await stack.enter_async_context(_serve(core, service))
        relay = OutboxRelay(Outbox(core.database, clock), each_of(*listeners))
        stack.push_async_callback(relay.close)
        await relay.start()
        yield relay


def _outward(core: Core, messages: MessageService | None) -> web.Application:
    """What is reached from outside: the API if it is switched on, pages for patients, other systems' webhooks."""
    from bot.web.api.app import create_api, empty_api

    given = core.settings.api
    if given.enabled:
        from bot.composition.api import api_parts

        app = create_api(api_parts(core.desk, core.clock, learning=core.learning, secure_cookie=given.https))
    else:
        app = empty_api()
    if core.foreign is not None:
        add_hooks(app, core.foreign.hooks)
    add_answers(app, core, messages)
    return app


@asynccontextmanager
async def _serve(core: Core, messages: MessageService | None) -> AsyncIterator[None]:
    """On an address of its own: the page stays on loopback whatever the API does. Raises SettingsError."""
    given = core.settings.api
    # its log would hold every address: names and phones that are searched for, tokens of links
    runner = web.AppRunner(_outward(core, messages), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, given.host, given.port).start()
    except OSError as error:
        await runner.cleanup()
        raise SettingsError(
            f"api.host, api.port: {given.host}:{given.port} не открывается ({error.strerror})"
        ) from error
    try:
        yield
    finally:
        await runner.cleanup()


def notify_settings(settings: Settings) -> NotifySettings:
    """The settings of messages in the words of bot.notify."""
    given = settings.notify
    return NotifySettings(
        public_url=given.public_url,
        link_secret=given.link_secret,
        quiet_from=given.quiet_from,
        quiet_to=given.quiet_to,
        without=given.without,
        templates=given.templates,
        outbox_file=settings.data / "messages.jsonl",
        sms=GatewaySettings(**given.sms.model_dump()) if given.sms else None,
        mail=MailSettings(**given.mail.model_dump()) if given.mail else None,
    )
