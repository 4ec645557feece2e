"""What the director and the admin see and set: numbers, days off, ratings, audit, webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.webhook import Delivery, Subscription
from bot.web.api import office_bodies as bodies
from bot.web.api import office_views as views
from bot.web.api import queries
from bot.web.api.facts import Change, Rating
from bot.web.api.route import Call
from crm_bridge.paging import Page
from crm_bridge.port import NotFound
from crm_bridge.rules.settings import SETTINGS, SettingInfo


async def settings(call: Call[None, None]) -> Sequence[views.SettingView]:
    values = await call.deps.rules.values()
    return [_setting(one, values[key]) for key, one in SETTINGS.items()]


async def set_setting(call: Call[bodies.SetSetting, None]) -> views.SettingView:
    if call.id not in SETTINGS:
        raise NotFound("Такой настройки нет: список — GET /api/v1/settings")
    await call.deps.rules.set(call.id, call.body.value, by=call.by)
    return _setting(SETTINGS[call.id], call.body.value)


def _setting(one: SettingInfo, value: int) -> views.SettingView:
    return views.SettingView(
        key=one.key,
        title=one.title,
        value=value,
        default=one.default,
        low=one.low,
        high=one.high,
        rows=list(one.rows),
    )


async def holidays(call: Call[bodies.Holidays, None]) -> None:
    await call.deps.rules.set_holidays({one.day: one.title for one in call.body.days}, by=call.by)


async def rate(call: Call[bodies.Rate, None]) -> None:
    await call.deps.ratings.rate(call.body.visit_id, call.body.score, text=call.body.text, by=call.by)


async def ratings(call: Call[None, queries.Ratings]) -> Page[Rating]:
    return await call.deps.office.ratings(call.asked(), reader=call.who, max_score=call.query.max_score)


async def rating(call: Call[None, None]) -> Rating:
    return await call.deps.ratings.rating(call.id, reader=call.who)


async def audit(call: Call[None, queries.Audit]) -> Page[Change]:
    query = call.query
    return await call.deps.office.audit(
        call.asked(), subject=query.subject, subject_id=query.subject_id, actor=query.actor, action=query.action
    )


async def subscriptions(call: Call[None, queries.Pages]) -> Page[Subscription]:
    return await call.deps.office.subscriptions(call.asked())


async def subscribe(call: Call[bodies.Subscribe, None]) -> views.NewSubscriptionView:
    made, secret = await call.deps.webhooks.subscribe(call.body.url, call.body.topics, by=call.who)
    return views.NewSubscriptionView(subscription=views.SubscriptionView.model_validate(made), secret=secret)


async def change_subscription(call: Call[bodies.ChangeSubscription, None]) -> Subscription:
    return await call.deps.webhooks.set_active(call.id, call.body.active, by=call.who)


async def unsubscribe(call: Call[None, None]) -> None:
    await call.deps.webhooks.unsubscribe(call.id, by=call.who)


async def deliveries(call: Call[None, queries.Deliveries]) -> Page[Delivery]:
    query = call.query
    return await call.deps.office.deliveries(call.asked(), subscription_id=query.subscription_id, status=query.status)


async def replay(call: Call[None, None]) -> Delivery:
    if not call.id.isascii() or not call.id.isdecimal() or len(call.id) > 18:
        raise NotFound("Такого сообщения нет")
    return await call.deps.webhooks.replay(int(call.id), by=call.who)
