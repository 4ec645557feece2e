"""SIP and SDP on the wire, from real exchanges."""

from __future__ import annotations

import pytest

from telephony.softphone.message import SipMessage, parse_message, parse_uri, response
from telephony.softphone.sdp import ALAW, G729_ONLY, build_sdp, parse_sdp

INVITE = (
    b"INVITE sip:101@127.0.0.11:5100 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.11:5060;rport;branch=z9hG4bKPj1\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKPj0\r\n"
    b'f: "\xd0\xa0\xd0\xb5\xd0\xb3" <sip:79161234567@127.0.0.11>;tag=a1\r\n'
    b"To: <sip:101@127.0.0.11>\r\n"
    b"i: abc\r\n"
    b"CSeq: 17 INVITE\r\n"
    b"Contact: <sip:asterisk@127.0.0.11:5060>\r\n"
    b"Content-Length: 4\r\n\r\nbody"
)


def parsed(data: bytes) -> SipMessage:
    message = parse_message(data)
    assert message is not None
    return message


def test_request_with_short_names() -> None:
    invite = parsed(INVITE)
    assert (invite.status, invite.method, invite.sequence, invite.body) == (None, "INVITE", 17, "body")
    assert invite.header("call-id") == "abc"
    assert parse_uri(invite.header("from")).user == "79161234567"
    assert len(invite.vias) == 2


def test_answer_goes_back_the_way_it_came() -> None:
    answer = parsed(response(parsed(INVITE), 180, "Ringing", tag="b2", contact="sip:me@127.0.0.2:5").encode())
    assert (answer.status, answer.method) == (180, "INVITE")
    assert answer.vias == parsed(INVITE).vias
    assert answer.header("to").endswith(";tag=b2")
    assert answer.header("contact") == "<sip:me@127.0.0.2:5>"


def test_tag_is_not_added_twice() -> None:
    once = response(parsed(INVITE), 200, "OK", tag="b2")
    assert response(once, 200, "OK", tag="b2").header("to").count("tag=") == 1


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0\0", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", INVITE[:60]])
def test_noise_is_nothing(data: bytes) -> None:
    assert parse_message(data) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip:registry@127.0.0.11:5060", ("registry", "127.0.0.11", 5060)),
        ('"A" <sip:host.example>;tag=1', ("", "host.example", 5060)),
        ("<sip:+7916@h:5;transport=udp>", ("+7916", "h", 5)),
    ],
)
def test_addresses(text: str, parts: tuple[str, str, int]) -> None:
    uri = parse_uri(text)
    assert (uri.user, uri.host, uri.port) == parts


def test_no_address() -> None:
    with pytest.raises(ValueError):
        parse_uri("tel:123")


def test_session_description_there_and_back() -> None:
    session = parse_sdp(build_sdp("127.0.0.9", 4000, ALAW, version=2, direction="sendonly"))
    assert (session.address, session.port, session.formats, session.direction) == (
        "127.0.0.9",
        4000,
        (8, 101),
        "sendonly",
    )
    assert parse_sdp(build_sdp("127.0.0.9", 4000, G729_ONLY, version=1)).formats == (18,)


def test_description_without_audio() -> None:
    with pytest.raises(ValueError):
        parse_sdp("v=0\r\nm=video 4000 RTP/AVP 96\r\n")
