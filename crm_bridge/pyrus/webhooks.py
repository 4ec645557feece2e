"""What Pyrus sends to the bot: the signature first, then the event; and the answer that is itself a comment.

Sources: the vendor's page «Webhooks» (the body `{event, access_token, task_id, user_id, task}`, an answer within 60
seconds whose body may be a comment as in `POST /tasks/{id}/comments`); crm-apis.md B.2 for `X-Pyrus-Sig`,
`X-Pyrus-Retry: n/3` and bodies over 1 MiB. UNVERIFIED: names of `event` beyond `comment`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web

from crm_bridge.foreign import CrmEvent, RawWebhook, UntrustedWebhook
from crm_bridge.port import Refused
from crm_bridge.pyrus.mapping import VISIT_STATUS, PyrusMapping
from crm_bridge.pyrus.values import Field, choice_of, text_of

N = TypeVar("N")

LARGEST_BODY = 16 * 1024 * 1024
"""Tasks with many comments exceed aiohttp's own limit of 1 MiB; a refused webhook is lost after three attempts."""
_RETRY = re.compile(r"(\d+)/\d+")


class PyrusWebhooks:
    """Reads the webhooks of one bot, signed with its security key."""

    def __init__(self, security_key: str, mapping: PyrusMapping) -> None:
        if not security_key:
            raise ValueError("a security key is needed: without it anybody could sign")
        self._key = security_key.encode()
        self._mapping = mapping

    def parse(self, request: RawWebhook) -> Sequence[CrmEvent]:
        """One event; `payload` has state and request_id where the mapping knows them, never the access token."""
        self._check(request)
        try:
            body = json.loads(request.body)
            task_id, event = int(body["task_id"]), str(body["event"])
            task = body.get("task") or {}
            return [self._event(task_id, event, task, request.headers)]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UntrustedWebhook("вебхук Pyrus не разобран: это не задача") from None

    def _check(self, request: RawWebhook) -> None:
        expected = hmac.new(self._key, request.body, hashlib.sha1).hexdigest()
        signature = request.headers.get("x-pyrus-sig", "").strip().lower()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise UntrustedWebhook("подпись вебхука Pyrus неверна")

    def _event(self, task_id: int, event: str, task: Mapping[str, Any], headers: Mapping[str, str]) -> CrmEvent:
        attempt = _RETRY.match(headers.get("x-pyrus-retry", ""))
        topic, known = self._topic(task)
        return CrmEvent(
            key=f"pyrus:{task_id}:{event}:{_version(task)}",
            topic=topic,
            object_id=str(task_id),
            payload={"event": event, "attempt": int(attempt[1]) if attempt else 1, **known},
        )

    def _topic(self, task: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """What it is about: `appointment.<visit status>` or `lead.<stage>` when it is in a state that we know."""
        form, bookings, leads = task.get("form_id"), self._mapping.bookings, self._mapping.leads
        if bookings and form == bookings.form:
            known = {"request_id": text_of(task, bookings.fields.request_id)}
            state = _named(bookings.states, choice_of(task, bookings.fields.status))
            if state is None:
                return "appointment.changed", known
            return f"appointment.{VISIT_STATUS[state].value}", known | {"state": state.value}
        if leads and form == leads.form:
            known = {"request_id": text_of(task, leads.fields.request_id)}
            stage = _named(leads.stages, choice_of(task, leads.fields.stage))
            return f"lead.{stage.value if stage else 'changed'}", known
        if self._mapping.call_tasks and form == self._mapping.call_tasks.form:
            return "call_task.changed", {}
        return "task.changed", {}


def _named(numbers: Mapping[N, int], chosen: int | None) -> N | None:
    return next((name for name, number in numbers.items() if number == chosen), None)


def _version(task: Mapping[str, Any]) -> str:
    """The moment of the last change and its comment: two comments within a second are two events."""
    comments = task.get("comments") or ()
    last = comments[-1].get("id") if comments else task.get("last_note_id")
    return f"{task.get('last_modified_date') or ''}:{last or ''}"


def comment_reply(
    *, text: str = "", field_updates: Sequence[Field] = (), approval: str | None = None, finish: bool = False
) -> dict[str, Any]:
    """The body of an answer that Pyrus writes into the task as a comment; empty when there is nothing to say."""
    if approval not in (None, "approved", "rejected", "revoked", "acknowledged"):
        raise ValueError("an approval of Pyrus is approved, rejected, revoked or acknowledged")
    parts = {
        "text": text,
        "field_updates": list(field_updates),
        "approval_choice": approval,
        "action": "finished" if finish else None,
    }
    return {name: part for name, part in parts.items() if part}


async def raw_webhook(request: web.Request) -> RawWebhook:
    """A request as it came in, up to LARGEST_BODY whatever the server's own limit. Raises Refused above that."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Refused("тело вебхука слишком велико")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return RawWebhook(headers=headers, body=bytes(body), query=dict(request.query))
