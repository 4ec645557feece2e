"""The signature of a message: HMAC-SHA256 over the moment of sending and the body, so that it cannot be replayed."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-Registratura-Signature"
FRESH_S = 300


def sign(secret: str, body: bytes, at: int) -> str:
    """`t=<unix seconds>,v1=<hex>` for this body, sent at that moment."""
    return f"t={at},v1={_digest(secret, body, at)}"


def verify(secret: str, body: bytes, header: str, *, now: int, fresh_s: int = FRESH_S) -> bool:
    """What a receiver does: whether the signature is of this secret and body, and no older than some minutes."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment, said = parts.get("t", ""), parts.get("v1", "")
    if not moment.isdecimal() or abs(now - int(moment)) > fresh_s:
        return False
    return hmac.compare_digest(_digest(secret, body, int(moment)).encode(), said.encode())


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
