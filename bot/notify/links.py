"""Links that patients get: the payment's carries its own token, the rating's is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac


def payment_link(public_url: str, token: str) -> str:
    """Where a demand for money is paid."""
    return f"{public_url.rstrip('/')}/pay/{token}"


def rating_link(public_url: str, secret: str, visit_id: str) -> str:
    """Where a visit is rated; `rated_visit` reads the last part back."""
    return f"{public_url.rstrip('/')}/rate/{visit_id}.{_signature(secret, visit_id)}"


def rated_visit(secret: str, token: str) -> str | None:
    """The visit that the token of a rating link is for; None for a forged one."""
    visit_id, _, signature = token.rpartition(".")
    genuine = hmac.compare_digest(_signature(secret, visit_id).encode(), signature.encode())
    return visit_id if secret and visit_id and genuine else None


def _signature(secret: str, visit_id: str) -> str:
    digest = hmac.new(secret.encode(), f"rating:{visit_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:15]).decode()
