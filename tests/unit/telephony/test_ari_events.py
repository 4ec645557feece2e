"""Events as Asterisk 22 sends them."""

from __future__ import annotations

import pytest

from telephony.asterisk.events import (
    ApplicationReplaced,
    ChannelDestroyed,
    DialProgress,
    HangupRequested,
    KeyPressed,
    StasisEnd,
    StasisStart,
    parse_channel,
    parse_event,
)

CHANNEL = {
    "id": "sandbox0-1700000000.3",
    "name": "PJSIP/anonymous-00000001",
    "state": "Up",
    "caller": {"name": "", "number": "79161234567"},
    "dialplan": {
        "context": "inbound",
        "exten": "registry",
        "priority": 9,
        "app_name": "Stasis",
        "app_data": "bot,inbound",
    },
    "channelvars": {"BOT_CALL": "u-1", "BOT_APP": "bot", "UNICASTRTP_LOCAL_PORT": ""},
}


def test_channel_with_its_variables_and_its_application() -> None:
    channel = parse_channel(CHANNEL)
    assert (channel.id, channel.state, channel.caller) == ("sandbox0-1700000000.3", "Up", "79161234567")
    assert channel.application == "bot"
    assert channel.variables == {"BOT_CALL": "u-1", "BOT_APP": "bot"}


def test_channel_at_the_desk_has_no_application() -> None:
    channel = parse_channel({**CHANNEL, "dialplan": {"app_name": "Dial", "app_data": "bot"}})
    assert channel.application == ""


def test_channel_with_a_withheld_number() -> None:
    assert parse_channel({"id": "x", "caller": {"number": ""}}).caller == ""
    assert parse_channel({"id": "x", "caller": None}).caller == ""


@pytest.mark.parametrize(
    ("raw", "kind", "parts"),
    [
        ({"type": "StasisStart", "args": ["inbound"], "channel": CHANNEL}, StasisStart, {"args": ("inbound",)}),
        ({"type": "StasisEnd", "channel": CHANNEL}, StasisEnd, {}),
        (
            {"type": "ChannelDestroyed", "cause": 17, "cause_txt": "User busy", "tech_cause": 486, "channel": CHANNEL},
            ChannelDestroyed,
            {"cause": 17, "tech_cause": "486"},
        ),
        (
            {"type": "ChannelDestroyed", "cause": 0, "channel": CHANNEL},
            ChannelDestroyed,
            {"cause": 0, "tech_cause": ""},
        ),
        ({"type": "ChannelHangupRequest", "cause": 16, "channel": CHANNEL}, HangupRequested, {"cause": 16}),
        ({"type": "ChannelHangupRequest", "soft": True, "channel": CHANNEL}, HangupRequested, {"cause": 0}),
        ({"type": "ChannelDtmfReceived", "digit": "#", "channel": CHANNEL}, KeyPressed, {"digit": "#"}),
        ({"type": "Dial", "dialstatus": "RINGING", "peer": CHANNEL}, DialProgress, {"status": "RINGING"}),
    ],
)
def test_known_events(raw: dict[str, object], kind: type, parts: dict[str, object]) -> None:
    event = parse_event(raw)
    assert isinstance(event, kind)
    assert event.channel.id == CHANNEL["id"]
    assert {name: getattr(event, name) for name in parts} == parts


def test_replaced_application() -> None:
    assert parse_event({"type": "ApplicationReplaced", "application": "bot"}) == ApplicationReplaced()


def test_everything_else_is_dropped() -> None:
    assert parse_event({"type": "ChannelVarset", "variable": "RTPAUDIOQOS", "channel": CHANNEL}) is None
    assert parse_event({}) is None


def test_known_event_without_its_parts_is_an_error() -> None:
    with pytest.raises(KeyError):
        parse_event({"type": "StasisStart"})
