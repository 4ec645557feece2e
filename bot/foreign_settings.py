"""Settings of other systems beside the bundled one: `[crm.pyrus]`, `[crm.generic_http]`, `[crm.csv]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.setting_section import Seconds, Section


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("нужен адрес, который начинается с https:// (или http:// внутри сети клиники)")
    return text.rstrip("/")


Url = Annotated[str, AfterValidator(_address)]
Offer = Literal["requests", "leads", "calls", "recordings", "call_tasks", "webhooks"]
Secret = Annotated[str, Field(min_length=8)]


class PyrusSettings(Section):
    """The bot of the clinic's Pyrus and the file that says which field of which form is what."""

    login: Annotated[str, Field(min_length=1)]
    security_key: Secret
    mapping: Path
    auth_url: Url = "https://accounts.pyrus.com/api/v4/auth"
    api_url: Url = "https://api.pyrus.com/v4"
    timeout_s: Seconds = 10


class GenericHttpSettings(Section):
    """Any system that keeps to docs/reference/generic-http.md; `old_secret` counts until the other side has changed."""

    url: Url
    secret: Secret
    old_secret: str = ""
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")] = "generic_http"
    offers: frozenset[Offer] = frozenset({"requests", "webhooks"})
    timeout_s: Seconds = 10


class CsvSettings(Section):
    """A folder shared with a system that has no HTTP: our requests in its `out`, their appointments in its `in`."""

    folder: Path


class CrmSettings(Section):
    """Other systems that bookings, leads and calls go to; without any the bundled one is alone."""

    pyrus: PyrusSettings | None = None
    generic_http: GenericHttpSettings | None = None
    csv: CsvSettings | None = None
