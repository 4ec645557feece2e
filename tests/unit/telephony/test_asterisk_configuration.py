"""What the templates make of a clinic's settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from speech.pcm import level_db, read_wav
from telephony.asterisk.configuration import AsteriskConfig, Paths, Registrar, Trunk, render, write_configuration

PRODUCTION = AsteriskConfig(
    trunk=Trunk(host="sip.example.net", username="78123334455", password="tpass", number="78123334455"),
    registrars=[
        Registrar(extension="101", name="Регистратура", password="rpass"),
        Registrar(extension="102", password="q"),
    ],
    ari_password="apass",
    apps=("bot-1", "bot-2"),
    external_address="203.0.113.7",
    local_networks=("10.0.0.0/8",),
)


def section(text: str, header: str) -> str:
    """The part of a configuration file from that line to the next section."""
    return text.split(f"\n{header}\n", 1)[1].split("\n[", 1)[0]


def test_production_registers_at_the_trunk_and_trusts_nobody_else() -> None:
    pjsip = render(PRODUCTION)["pjsip.conf"]
    assert "[anonymous]" not in pjsip
    assert "type = identify\nendpoint = trunk\nmatch = sip.example.net" in pjsip
    assert "type = registration" in pjsip
    assert "server_uri = sip:sip.example.net:5060" in pjsip
    assert "external_media_address = 203.0.113.7" in pjsip
    assert "local_net = 10.0.0.0/8" in pjsip


def test_registrars_phones_register_with_their_password() -> None:
    pjsip = render(PRODUCTION)["pjsip.conf"]
    assert "auth = reg-101" in section(pjsip, "[reg-101](voice)")
    assert "password = rpass" in pjsip
    assert "max_contacts = 1" in pjsip
    assert "callerid = Регистратура <101>" in pjsip


def test_sandbox_takes_anybody_and_knows_where_the_phones_are() -> None:
    config = replace(
        PRODUCTION,
        trunk=Trunk(host="127.0.0.11", port=5090, anyone=True),
        registrars=[Registrar(extension="101", contact="sip:101@127.0.0.11:5100")],
    )
    pjsip = render(config)["pjsip.conf"]
    assert "[anonymous](voice)" in pjsip
    assert "contact = sip:101@127.0.0.11:5100" in pjsip
    assert "contact = sip:127.0.0.11:5090" in pjsip
    assert "type = registration" not in pjsip
    assert "auth" not in section(pjsip, "[reg-101](voice)")


def test_dialplan_tries_every_worker_then_the_desk() -> None:
    plan = render(PRODUCTION)["extensions.conf"]
    assert "Stasis(bot-1,inbound)" in plan
    assert "Stasis(bot-2,inbound)" in plan
    assert "Dial(PJSIP/reg-101&PJSIP/reg-102,30)" in plan
    assert plan.index("Stasis(bot-2") < plan.index("[desk]") < plan.index("Playback(vm-nobodyavail&vm-goodbye)")


def test_dialplan_without_registrars_apologises_at_once() -> None:
    plan = render(replace(PRODUCTION, registrars=()))["extensions.conf"]
    assert "Dial(" not in plan
    assert "Playback(vm-nobodyavail&vm-goodbye)" in plan


def test_echo_is_for_measurements_only() -> None:
    assert "Echo()" not in render(PRODUCTION)["extensions.conf"]
    assert "exten => echo,1,Answer()" in render(replace(PRODUCTION, checks=True))["extensions.conf"]


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (replace(PRODUCTION, apps=()), "apps"),
        (replace(PRODUCTION, ari_password=""), "ari_password"),
        (replace(PRODUCTION, registrars=[Registrar(extension="101")]), "registrars.101"),
        (replace(PRODUCTION, registrars=[Registrar(extension="1 2", password="x")]), "registrars"),
        (
            replace(PRODUCTION, registrars=[Registrar(extension="1", name="a\n[evil]", password="x")]),
            "registrars.1.name",
        ),
        (replace(PRODUCTION, trunk=Trunk(host="a;b")), "trunk.host"),
    ],
)
def test_faults_name_their_place(broken: AsteriskConfig, place: str) -> None:
    with pytest.raises(ValueError, match=place):
        render(broken)


def test_files_with_passwords_are_for_the_owner_only(tmp_path: Path) -> None:
    write_configuration(replace(PRODUCTION, paths=Paths(etc=tmp_path / "etc")))
    assert {path.name for path in (tmp_path / "etc").iterdir()} >= {
        "pjsip.conf",
        "ari.conf",
        "extensions.conf",
        "modules.conf",
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "etc").glob("*.conf"))


def test_hold_music_lies_beside_and_is_not_written_over(tmp_path: Path) -> None:
    config = replace(PRODUCTION, paths=Paths(etc=tmp_path))
    write_configuration(config)
    (music,) = (tmp_path / "music").iterdir()
    assert level_db(read_wav(music)) > -40
    music.write_bytes(b"the clinic's own")
    write_configuration(config)
    assert music.read_bytes() == b"the clinic's own"
    assert f"directory = {tmp_path}/music" in (tmp_path / "musiconhold.conf").read_text()


def test_password_does_not_show_in_a_repr() -> None:
    assert "apass" not in repr(PRODUCTION)
