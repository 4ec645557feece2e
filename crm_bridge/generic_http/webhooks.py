"""What the other system tells: believed only when signed and fresh; ForeignInbox knows what is new."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.clock import Clock
from crm_bridge.foreign import CrmEvent, RawWebhook, UntrustedWebhook
from crm_bridge.generic_http.signing import MAX_AGE, REQUEST_ID, SIGNATURE, TIMESTAMP, is_signed
from crm_bridge.port import Refused

EVENTS = frozenset(
    {
        "appointment.created",
        "appointment.cancelled",
        "appointment.no_show",
        "prescription.created",
        "call.finished",
        "call_task.created",
        "lead.moved",
    }
)
_FORGED = "Подпись неверна"
_OLD = "Время подписи отличается от нашего больше, чем можно: проверьте часы"


class SignedWebhooks:
    """WebhookReceiver; `secrets` are those whose signatures count, the second while the first replaces it."""

    def __init__(
        self,
        secrets: Sequence[str],
        clock: Clock,
        *,
        max_age: timedelta = MAX_AGE,
        name: str = "generic_http",
    ) -> None:
        self._secrets = tuple(secrets)
        self._clock = clock
        self._max_age = max_age
        self._name = name

    def parse(self, request: RawWebhook) -> Sequence[CrmEvent]:
        """One event. Raises UntrustedWebhook; Refused for a signed message that makes no sense."""
        self._require_fresh(request)
        return [self._event(request)]

    def _require_fresh(self, request: RawWebhook) -> None:
        timestamp = request.headers.get(TIMESTAMP.lower(), "")
        given = request.headers.get(SIGNATURE.lower(), "")
        if not is_signed(self._secrets, timestamp, request.body, given):
            raise UntrustedWebhook(_FORGED)
        try:
            signed_at = datetime.fromtimestamp(int(timestamp), UTC)
        except (ValueError, OverflowError, OSError):
            raise UntrustedWebhook(_OLD) from None
        if abs(self._clock.now() - signed_at) > self._max_age:
            raise UntrustedWebhook(_OLD)

    def _event(self, request: RawWebhook) -> CrmEvent:
        try:
            message = json.loads(request.body)
        except ValueError:
            raise Refused("Тело сообщения — не JSON") from None
        if not isinstance(message, dict):
            raise Refused("Тело сообщения — не объект JSON")
        message_id, topic, object_id = (_text(message, name) for name in ("id", "event", "object_id"))
        # The body is signed, the header is not: a changed header must not make an old message new.
        if message_id != request.headers.get(REQUEST_ID.lower()):
            raise UntrustedWebhook(f"{REQUEST_ID} не совпадает с id сообщения")
        if topic not in EVENTS:
            raise Refused(f"Неизвестное событие «{topic[:40]}»")
        data = message.get("data") or {}
        if not isinstance(data, dict):
            raise Refused("Поле data — не объект JSON")
        return CrmEvent(key=f"{self._name}:{message_id}", topic=topic, object_id=object_id, payload=data)


def _text(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not value or len(value) > 128:
        raise Refused(f"Поле {name} должно быть непустой строкой до 128 знаков")
    return value
