"""What can be wrong with a file, told in Russian to whoever brought it."""

from __future__ import annotations

from crm_bridge.port import CrmError


class ExchangeError(CrmError):
    """The whole file or copy cannot be used; nothing was changed by this step."""


class RowError(Exception):
    """One row cannot be taken; the text says what to do about it."""
