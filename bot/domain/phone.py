"""Russian phone numbers: one normal form, one mask for logs and screens without the right to see them."""

from __future__ import annotations

import re


def normalize_phone(text: str) -> str | None:
    """Return `+7XXXXXXXXXX` for 10 digits, or 11 digits beginning with 7 or 8; None for anything else."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    return f"+7{digits}" if len(digits) == 10 else None


def mask_phone(phone: str) -> str:
    """Return the number with all but the last four digits hidden, for logs."""
    digits = re.sub(r"\D", "", phone)
    return f"…{digits[-4:]}" if len(digits) >= 7 else "…"
