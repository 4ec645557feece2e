"""What the API needs of the office: people, keys, sessions, ratings, audit, webhooks, repeated requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from bot.domain.follow_up import Actor
from bot.domain.webhook import Delivery, DeliveryStatus, Subscription
from bot.web.api.facts import ApiKey, Change, Earlier, LoggedIn, Notice, Rating, User
from crm_bridge.paging import Asked, Page
from crm_bridge.rules.rights import Identity, Role


class Access(Protocol):
    """Who is it that asks."""

    async def log_in(self, login: str, password: str) -> LoggedIn | None: ...

    async def log_out(self, token: str) -> None: ...

    async def identify(self, secret: str) -> Identity | None: ...

    async def create_key(
        self, name: str, rights: Collection[str], *, by: Identity, branches: Collection[str] = ()
    ) -> tuple[ApiKey, str]: ...

    async def revoke_key(self, key_id: str, *, by: Identity) -> ApiKey: ...


class Staff(Protocol):
    """People who work here."""

    async def create_user(
        self,
        *,
        login: str,
        full_name: str,
        role: Role,
        password: str,
        by: Identity,
        rights: Collection[str] = (),
        branches: Collection[str] = (),
        doctor_id: str | None = None,
    ) -> User: ...

    async def change_user(
        self,
        user_id: str,
        *,
        by: Identity,
        role: Role | None = None,
        rights: Collection[str] | None = None,
        branches: Collection[str] | None = None,
        full_name: str | None = None,
        active: bool | None = None,
    ) -> User: ...

    async def set_password(self, user_id: str, password: str, *, by: Identity) -> None: ...

    async def user(self, user_id: str) -> User: ...


class Ratings(Protocol):
    """What patients said of their visits."""

    async def rate(
        self, visit_id: str, score: int, *, by: Actor, text: str = "", call_id: str | None = None
    ) -> None: ...

    async def rating(self, visit_id: str, *, reader: Identity) -> Rating: ...


class Notices(Protocol):
    """What people who work here are told; each their own."""

    async def notices(self, asked: Asked, *, reader: Identity, seen: bool = False) -> Page[Notice]: ...

    async def read(self, notice_id: str, *, reader: Identity) -> Notice: ...


class Webhooks(Protocol):
    """Who is told of events, and what was sent."""

    async def subscribe(self, url: str, topics: Sequence[str], *, by: Identity) -> tuple[Subscription, str]: ...

    async def set_active(self, subscription_id: str, active: bool, *, by: Identity) -> Subscription: ...

    async def unsubscribe(self, subscription_id: str, *, by: Identity) -> None: ...

    async def replay(self, delivery_id: int, *, by: Identity) -> Delivery: ...


class OfficeRegisters(Protocol):
    """The office's lists, page by page, and the audit's entries of the API itself."""

    async def users(self, asked: Asked) -> Page[User]: ...

    async def keys(self, asked: Asked) -> Page[ApiKey]: ...

    async def ratings(self, asked: Asked, *, reader: Identity, max_score: int | None = None) -> Page[Rating]: ...

    async def audit(
        self,
        asked: Asked,
        *,
        subject: str | None = None,
        subject_id: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> Page[Change]: ...

    async def subscriptions(self, asked: Asked) -> Page[Subscription]: ...

    async def deliveries(
        self, asked: Asked, *, subscription_id: str | None = None, status: DeliveryStatus | None = None
    ) -> Page[Delivery]: ...

    async def record(self, by: Identity, action: str, subject: str, subject_id: str) -> None: ...


class Repeats(Protocol):
    """Idempotency keys."""

    async def begin(self, actor: str, key: str, fingerprint: str) -> Earlier | None: ...

    async def finish(self, actor: str, key: str, status: int, body: Mapping[str, Any] | None) -> None: ...

    async def abandon(self, actor: str, key: str) -> None: ...


class Scope(Protocol):
    """Of which branch something is."""

    async def branch_of(self, kind: str, id: str) -> str | None: ...
