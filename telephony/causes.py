"""Why a leg ended or never came up: the SIP status first, then the Q.850 cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from telephony.port import HangupCause

_BY_SIP_STATUS: Final[Mapping[str, HangupCause]] = {
    "403": HangupCause.REJECTED,
    "404": HangupCause.INVALID_NUMBER,
    "408": HangupCause.NO_ANSWER,
    "410": HangupCause.INVALID_NUMBER,
    "480": HangupCause.NO_ANSWER,
    "484": HangupCause.INVALID_NUMBER,
    "486": HangupCause.BUSY,
    "487": HangupCause.NO_ANSWER,
    "500": HangupCause.FAILED,
    "503": HangupCause.CONGESTION,
    "600": HangupCause.BUSY,
    "603": HangupCause.REJECTED,
    "604": HangupCause.INVALID_NUMBER,
}

_BY_Q850: Final[Mapping[int, HangupCause]] = {
    0: HangupCause.NORMAL,
    1: HangupCause.INVALID_NUMBER,
    3: HangupCause.UNREACHABLE,
    16: HangupCause.NORMAL,
    17: HangupCause.BUSY,
    18: HangupCause.NO_ANSWER,
    19: HangupCause.NO_ANSWER,
    20: HangupCause.UNREACHABLE,
    21: HangupCause.REJECTED,
    22: HangupCause.INVALID_NUMBER,
    26: HangupCause.NORMAL,
    27: HangupCause.UNREACHABLE,
    28: HangupCause.INVALID_NUMBER,
    31: HangupCause.NORMAL,
    32: HangupCause.NORMAL,
    34: HangupCause.CONGESTION,
    42: HangupCause.CONGESTION,
}


def ended(cause: int, tech_cause: str = "") -> HangupCause:
    """The cause of the end of a leg that was up; 0 is what Asterisk says of an answered leg that was not bridged."""
    return _BY_SIP_STATUS.get(tech_cause) or _BY_Q850.get(cause, HangupCause.FAILED)


def not_reached(cause: int, tech_cause: str, *, rang: bool) -> HangupCause:
    """The cause of a leg that never came up.

    Asterisk makes 480 itself when the time is over, also for a phone that is switched off or a trunk that is dead:
    only ringing tells a person who does not answer from a line on which nobody could have.
    """
    found = ended(cause, tech_cause)
    if found is HangupCause.NO_ANSWER and not rang:
        return HangupCause.UNREACHABLE
    return HangupCause.FAILED if found is HangupCause.NORMAL else found
