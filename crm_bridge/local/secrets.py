"""Secrets of people and programmes: passwords as salted scrypt, tokens and keys as hashes only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

SHORTEST_PASSWORD = 8
KEY_PREFIX = "rgk_"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordCost:
    """scrypt's parameters: 16 MB five times, a fifth of a second on a small server."""

    n: int = 2**14
    r: int = 8
    p: int = 5


PASSWORD_COST = PasswordCost()


def new_token() -> str:
    """A session's token: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_key() -> str:
    """A programme's key; the prefix lets leak scanners find it."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token or a key: it is random enough for a plain hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str, cost: PasswordCost) -> str:
    """`scrypt$n$r$p$salt$hash`; slow on purpose, call it off the loop."""
    salt = secrets.token_bytes(16)
    return "$".join(
        ("scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(_derive(password, salt, cost)))
    )


def password_matches(password: str, kept: str) -> bool:
    """Whether this is the password that was kept; slow on purpose, call it off the loop."""
    scheme, n, r, p, salt, digest = kept.split("$")
    if scheme != "scrypt":
        return False
    made = _derive(password, base64.b64decode(salt), PasswordCost(n=int(n), r=int(r), p=int(p)))
    return hmac.compare_digest(made, base64.b64decode(digest))


def _derive(password: str, salt: bytes, cost: PasswordCost) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=256 * cost.n * cost.r, dklen=32
    )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
