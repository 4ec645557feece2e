"""The office's answers: people, keys, sessions, ratings, audit, webhooks, settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from bot.domain.webhook import DeliveryStatus
from bot.web.api.views import Sorted, View
from crm_bridge.rules.rights import Role


class MeView(View):
    """Who asks, with the rights that the answers are cut by."""

    name: str
    login: str | None
    role: Role | None
    rights: Annotated[list[str], Sorted]
    branches: Annotated[list[str], Sorted]
    doctor_id: str | None


class SessionView(View):
    """A session that has begun; the token also comes as a cookie."""

    token: str
    expires_at: datetime
    identity: MeView


class UserView(View):
    id: str
    login: str
    full_name: str
    role: Role
    rights: list[str]
    branches: list[str]
    doctor_id: str | None
    active: bool
    created_at: datetime


class KeyView(View):
    id: str
    name: str
    rights: list[str]
    branches: list[str]
    created_at: datetime
    revoked_at: datetime | None


class NewKeyView(View):
    """The only answer that holds the key's text."""

    key: KeyView
    secret: str


class RightView(View):
    id: str
    title: str


class RatingView(View):
    visit_id: str
    patient_id: str
    score: int
    text: str
    at: datetime


class NoticeView(View):
    id: str
    title: str
    text: str
    visit_id: str | None
    created_at: datetime
    read: bool


class ChangeView(View):
    at: datetime
    actor: str
    action: str
    subject: str
    subject_id: str
    detail: Mapping[str, Any]


class SettingView(View):
    key: str
    title: str
    value: int
    default: int
    low: int
    high: int
    rows: list[str]


class SubscriptionView(View):
    id: str
    url: str
    topics: list[str]
    active: bool
    created_at: datetime


class NewSubscriptionView(View):
    """The only answer that holds the secret that messages are signed with."""

    subscription: SubscriptionView
    secret: str


class DeliveryView(View):
    id: int
    subscription_id: str
    event_id: int
    topic: str
    payload: Mapping[str, Any]
    event_at: datetime
    status: DeliveryStatus
    attempts: int
    next_at: datetime
    answer: int | None
    error: str | None
    delivered_at: datetime | None
