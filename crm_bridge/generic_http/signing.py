"""The signature of the contract: HMAC-SHA256 over the moment and the body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

TIMESTAMP, REQUEST_ID, SIGNATURE = "X-Registratura-Timestamp", "X-Registratura-Id", "X-Registratura-Signature"
MAX_AGE = timedelta(minutes=5)
"""How far the timestamp of a believed request may be from our clock."""


def signature(secret: str, timestamp: str, text: bytes) -> str:
    """Hexadecimal; `text` is the body or, for a request without one, its path with the query as sent."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + text, hashlib.sha256).hexdigest()


def signed_headers(secret: str, request_id: str, at: datetime, text: bytes) -> dict[str, str]:
    """The three headers of a request made at `at`; the timestamp is in whole seconds since 1970."""
    timestamp = str(int(at.timestamp()))
    return {TIMESTAMP: timestamp, REQUEST_ID: request_id, SIGNATURE: signature(secret, timestamp, text)}


def is_signed(secrets: Sequence[str], timestamp: str, text: bytes, given: str) -> bool:
    """Whether one of the secrets has made the signature."""
    if not (timestamp.isascii() and given.isascii()):
        return False
    return any(hmac.compare_digest(signature(secret, timestamp, text), given.lower()) for secret in secrets)
