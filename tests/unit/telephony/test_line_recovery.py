"""Survivors and orphans, told from lists alone."""

from __future__ import annotations

import pytest

from telephony.asterisk.events import Channel
from telephony.asterisk.naming import Kind, Name, check_app, parse_name
from telephony.asterisk.recovery import plan
from telephony.port import Direction

CALL, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def name(kind: Kind, number: int = 1, *, app: str = "bot", call: str = CALL) -> str:
    return str(Name(kind=kind, app=app, call_id=call, number=number))


def caller(channel_id: str = "ast-1.1", *, app: str = "bot", call: str = CALL, state: str = "Up") -> Channel:
    return Channel(id=channel_id, state=state, caller="79161234567", application=app, variables={"BOT_CALL": call})


def thing(channel_id: str) -> Channel:
    return Channel(id=channel_id, state="Up")


def test_names_come_apart_as_they_were_put_together() -> None:
    made = Name(kind=Kind.MEDIA, app="bot-2", call_id=CALL, number=7)
    assert parse_name(str(made)) == made
    for foreign in ("ast-1.1", "em.bot.x", "zz.bot.x.1", "em.bot.x.y", "1700000000.12"):
        assert parse_name(foreign) is None
    with pytest.raises(ValueError):
        check_app("bot.2")


def test_caller_survives_and_the_old_media_and_bridge_go() -> None:
    media, bridge = name(Kind.MEDIA, 3), name(Kind.BRIDGE, 0)
    found = plan("bot", [caller(), thing(media)], {bridge: ["ast-1.1", media]}, known=())
    assert [(item.call_id, item.direction, item.numbers_from, item.person) for item in found.survivors] == [
        (CALL, Direction.INBOUND, 3, None)
    ]
    assert found.channels == [media]
    assert found.bridges == [bridge]


def test_everything_of_a_caller_who_has_gone_is_swept() -> None:
    things = [name(Kind.MEDIA), name(Kind.PERSON, 2), name(Kind.DIALLED, 0, call=OTHER)]
    bridges = {name(Kind.BRIDGE): [things[0]], name(Kind.PRIVATE, 2): [things[1]]}
    found = plan("bot", [thing(item) for item in things], bridges, known=())
    assert found.survivors == []
    assert set(found.channels) == set(things)
    assert set(found.bridges) == set(bridges)


def test_talk_with_a_registrar_stays_whole() -> None:
    media, person, bridge = name(Kind.MEDIA), name(Kind.PERSON, 2), name(Kind.BRIDGE, 0)
    private = name(Kind.PRIVATE, 2)
    channels = [caller(), thing(media), thing(person), thing(name(Kind.MEDIA, 1002))]
    found = plan("bot", channels, {bridge: ["ast-1.1", media, person], private: []}, known=())
    (survivor,) = found.survivors
    assert survivor.person == parse_name(person)
    assert set(survivor.paths) == {
        f"/bridges/{bridge}",
        "/channels/ast-1.1",
        f"/channels/{media}",
        f"/channels/{person}",
    }
    assert found.channels == [name(Kind.MEDIA, 1002)]
    assert found.bridges == [private]


def test_registrar_who_is_only_rung_or_briefed_is_let_go() -> None:
    person, bridge = name(Kind.PERSON, 2), name(Kind.BRIDGE, 0)
    found = plan("bot", [caller(), thing(person)], {bridge: ["ast-1.1"]}, known=())
    assert found.survivors[0].person is None
    assert found.channels == [person]


def test_calls_that_are_attended_to_are_left_alone() -> None:
    media, bridge = name(Kind.MEDIA), name(Kind.BRIDGE)
    found = plan("bot", [caller(), thing(media)], {bridge: ["ast-1.1", media]}, known={CALL})
    assert (found.survivors, found.channels, found.bridges) == ([], [], [])


def test_other_workers_and_the_desk_are_none_of_our_business() -> None:
    channels = [
        caller(app="bot-2"),
        caller("ast-1.2", app="", call=OTHER),
        thing(name(Kind.MEDIA, app="bot-2")),
        thing("PJSIP-whatever"),
    ]
    found = plan("bot", channels, {name(Kind.BRIDGE, app="bot-2"): [], "foreign": []}, known=())
    assert (found.survivors, found.channels, found.bridges) == ([], [], [])


def test_patient_whom_we_phoned_survives_only_when_answered() -> None:
    dialled = name(Kind.DIALLED, 0)
    found = plan("bot", [caller(dialled)], {}, known=())
    assert [item.direction for item in found.survivors] == [Direction.OUTBOUND]
    assert found.channels == []
    ringing = plan("bot", [caller(dialled, state="Ringing")], {}, known=())
    assert ringing.survivors == []
    assert ringing.channels == [dialled]
