"""What Pyrus sends to the bot: the signature first, then the event; and what it means for us.

Sources: the vendor's page «Webhooks» (the body `{event, access_token, task_id, user_id, task}`, an answer within 60
seconds whose body may be a comment, so ours is empty); crm-apis.md B.2 for `X-Pyrus-Sig`,
`X-Pyrus-Retry: n/3` and bodies over 1 MiB. UNVERIFIED: names of `event` beyond `comment`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from crm_bridge.foreign import CrmEvent, RawWebhook, UntrustedWebhook
from crm_bridge.pyrus.mapping import VISIT_STATUS, Bookings, BookingState, PyrusMapping
from crm_bridge.pyrus.values import choice_of, read_moment, text_of, value_of

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
        """One event; `payload` has state, request_id, at, by where the mapping knows them, never the access token."""
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
            state = _named(bookings.states, choice_of(task, bookings.fields.status))
            known = {"request_id": text_of(task, bookings.fields.request_id)} | self._time(task, bookings)
            return _booking_topic(state), known | _said_by(state)
        if leads and form == leads.form:
            known = {"request_id": text_of(task, leads.fields.request_id)}
            stage = _named(leads.stages, choice_of(task, leads.fields.stage))
            return f"lead.{stage.value if stage else 'changed'}", known
        if self._mapping.call_tasks and form == self._mapping.call_tasks.form:
            return "call_task.changed", {}
        return "task.changed", {}

    def _time(self, task: Mapping[str, Any], bookings: Bookings) -> dict[str, str]:
        """When the visit is, where people there see it in a field of date and time."""
        wished = value_of(task, bookings.fields.wished_at)
        at = read_moment(wished, self._mapping.zone) if isinstance(wished, str) and "T" in wished else None
        return {"at": at.isoformat()} if at else {}


def _booking_topic(state: BookingState | None) -> str:
    if state is None:
        return "appointment.changed"
    # on another time it is not the one that was agreed with the patient
    return "appointment.moved" if state is BookingState.RESCHEDULED else f"appointment.{VISIT_STATUS[state].value}"


def _said_by(state: BookingState | None) -> dict[str, str]:
    by = {"by": "patient"} if state is BookingState.CANCELLED_BY_PATIENT else {}
    return by | ({"state": state.value} if state else {})


def _named(numbers: Mapping[N, int], chosen: int | None) -> N | None:
    return next((name for name, number in numbers.items() if number == chosen), None)


def _version(task: Mapping[str, Any]) -> str:
    """The moment of the last change and its comment: two comments within a second are two events."""
    comments = task.get("comments") or ()
    last = comments[-1].get("id") if comments else task.get("last_note_id")
    return f"{task.get('last_modified_date') or ''}:{last or ''}"
