"""How the clinic writes: hours, patience, addresses of gateways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """An SMS gateway as its own documentation describes it (settings `notify.sms.*`).

    `fields` and the values of `headers` may hold {phone} (+79161234567), {digits} (79161234567), {text} and {id};
    `body` says where the fields go: form, json, or query. A message was taken when the status is 2xx and, if
    `success_field` is named, that field of the JSON answer is one of `success_values`; dots step into objects and
    lists: `messages.0.status`. Without `success_field` a `success_values` is looked for in the answer's text.
    `id_field` is where the answer holds the gateway's own id; without it our id is what reports will name.

    `report_secret` is the last part of the address that delivery reports come to: without it none are taken.
    `report_id` and `report_status` name the fields of a report, `report_delivered` and `report_failed` the statuses
    that are final, `report_answer` the text that the gateway waits for.
    """

    url: str
    method: str = "POST"
    body: str = "form"
    fields: Mapping[str, str] = field(default_factory=lambda: {"phone": "{phone}", "text": "{text}"})
    headers: Mapping[str, str] = field(default_factory=dict)
    success_field: str = ""
    success_values: tuple[str, ...] = ()
    id_field: str = ""
    timeout_s: float = 10.0
    report_secret: str = ""
    report_id: str = "id"
    report_status: str = "status"
    report_delivered: tuple[str, ...] = ("delivered",)
    report_failed: tuple[str, ...] = ("failed", "undelivered", "expired", "rejected")
    report_answer: str = "OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """An SMTP server (settings `notify.mail.*`); `security` is starttls, tls or none."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: str = ""
    timeout_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Settings `notify.*`.

    Nobody is disturbed in [quiet_from, quiet_to) of their own clock; two equal times switch that off. `retries` are
    the waits after the first failed attempts: one more attempt than waits is made. `public_url` is where patients
    reach the pages of payment and rating, `link_secret` signs the latter's links: without them no such message is
    made. `without` names templates that the clinic does not want.
    """

    enabled: bool = True
    templates: Path | None = None
    without: frozenset[str] = frozenset()
    public_url: str = ""
    link_secret: str = ""
    quiet_from: time = time(21, 0)
    quiet_to: time = time(9, 0)
    retries: tuple[timedelta, ...] = (
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(minutes=60),
    )
    rating_after: timedelta = timedelta(hours=2)
    rating_useful: timedelta = timedelta(days=3)
    keep: timedelta = timedelta(days=365)
    at_once: int = 8
    """How many messages are on their way at the same time."""
    lease: timedelta = timedelta(minutes=5)
    """After this an attempt that nobody has told the end of, because its process died, is made again."""
    round_s: float = 5.0
    outbox_file: Path = Path("messages.jsonl")
    """Where messages go that have no gateway: one JSON object a line."""
    sms: GatewaySettings | None = None
    mail: MailSettings | None = None
