"""What callers, telephones and engineers do wrong: one clear answer each, and nothing half-done."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping

import numpy as np
import pytest

from bot.demo.person import Part
from bot.demo.watch import CallWatch
from speech.port import Synthesizer, Voice
from telephony.phone import CallRefused
from telephony.softphone.call import SoftphoneCall
from telephony.softphone.sdp import G729_ONLY
from telephony.softphone.ua import Softphone
from tests.integration.service.service_house import CLINIC, NOW, Caller, Ran, ServiceHouse, environ

pytestmark = [pytest.mark.asterisk, pytest.mark.speech, pytest.mark.timeout(300)]

NOBODY = '[{"name": "Телефон, которого нет", "extension": "999"}]'


@pytest.fixture
async def deserted(house: ServiceHouse) -> AsyncIterator[ServiceHouse]:
    """The service with a registrar whose phone Asterisk does not know."""
    house.stop()
    await house.start(REGISTRATURA__REGISTRARS=NOBODY)
    yield house
    house.stop()


async def test_noise_and_a_desk_that_is_not_there(deserted: ServiceHouse, voice: Synthesizer) -> None:
    """Two calls at once: one of nothing but noise, one that asks for a person who cannot be reached."""
    async with deserted.watching() as watch:
        async with (
            Caller(deserted, watch, voice, Part(phone="+79165553001", voice=Voice(), answers={})) as noisy,
            Caller(deserted, watch, voice, Part(phone="+79165553002", voice=Voice(), answers={})) as lost,
        ):
            noise = asyncio.create_task(_noise(noisy.call))
            await lost.call.press("0")
            await asyncio.wait_for(lost.call.wait_over(), 90)
            await asyncio.wait_for(noisy.call.wait_over(), 200)
            await noise
        outcomes = [await watch.ended(watch.calls[caller.call_id]) for caller in (noisy, lost)]
    assert outcomes[0]["outcome"] in {"ended_no_input", "transferred"}, outcomes[0]
    assert outcomes[1]["outcome"] == "transferred"
    assert outcomes[1]["status"] == "callback"
    said = deserted.call(lost.call_id)["turns"]
    assert any("Телефон, которого нет" in turn["text"] for turn in said)
    assert "вам перезвонят" in said[-1]["text"]
    words = [turn["text"] for turn in deserted.call(noisy.call_id)["turns"] if turn["speaker"] == "caller"]
    assert not any(words), "nothing was invented on noise"
    assert deserted.tracebacks() == []


async def _noise(call: SoftphoneCall) -> None:
    """A street: loud and softer, never words."""
    dice = np.random.default_rng(7)
    while not call.over:
        loudness = 600 + 2400 * abs(np.sin(np.arange(16000) / 16000 * np.pi * 3))
        await call.say((dice.standard_normal(16000) * loudness).clip(-32000, 32000).astype("<i2").tobytes())


async def test_no_common_codec_is_a_488_and_no_call(house: ServiceHouse, watch: CallWatch, voice: Synthesizer) -> None:
    known = len(house.calls())
    phone = Softphone("127.0.0.1", user="+79165553003")
    with pytest.raises(CallRefused) as refused:
        await phone.dial(house.sandbox["sip_address"], codecs=G729_ONLY)
    await phone.close()
    assert refused.value.code == 488
    assert len(house.calls()) == known
    async with Caller(house, watch, voice, Part(phone="+79165553004", voice=Voice(), answers={})) as caller:
        await caller.reach("open")


class TestServe:
    """Nothing is begun where it cannot go on: no database, no models, no calls taken."""

    async def test_wrong_password(self, house: ServiceHouse) -> None:
        asterisk = {"ARI_URL": house.sandbox["ari_url"], "ARI_USER": "bot", "ARI_PASSWORD": "wrong"}
        ran = _serve(house, {f"REGISTRATURA__ASTERISK__{name}": value for name, value in asterisk.items()})
        assert ran.code == 1
        assert "не пускает (401)" in ran.err
        assert "asterisk.ari_user" in ran.err

    async def test_page_port_taken(self, house: ServiceHouse) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            ran = _serve(house, {"REGISTRATURA__PAGE__PORT": str(port)})
        assert ran.code == 1
        assert f"127.0.0.1:{port} занят" in ran.err
        assert "page.port" in ran.err

    async def test_address_of_another_machine(self, house: ServiceHouse) -> None:
        ran = _serve(house, {"REGISTRATURA__ASTERISK__MEDIA_ADDRESS": "203.0.113.7"})
        assert ran.code == 1
        assert "asterisk.media_address" in ran.err

    async def test_voice_that_does_not_exist(self, house: ServiceHouse) -> None:
        ran = _serve(house, {"REGISTRATURA__SPEECH__VOICE": "Ирина"}, data="voice")
        assert ran.code == 1
        assert "speech.voice: голоса «Ирина» нет" in ran.err

    async def test_two_rehearsals_in_one_folder(self, house: ServiceHouse, monkeypatch: pytest.MonkeyPatch) -> None:
        ran = _serve(house, {}, data=".")
        assert ran.code == 1
        assert "уже идёт репетиция" in ran.err
        assert house.process is not None
        assert house.process.poll() is None

    async def test_calls_taken_by_another_service(self, house: ServiceHouse) -> None:
        """The first service says so and ends, the second goes on; nobody's calls are fought over."""
        asterisk = {"ARI_URL": house.sandbox["ari_url"], "ARI_PASSWORD": house.sandbox["ari_password"]}
        other = ServiceHouse(folder=house.folder / "other", sandbox=house.sandbox)
        other.folder.mkdir()
        await other.start(**{f"REGISTRATURA__ASTERISK__{name}": value for name, value in asterisk.items()})
        assert house.process is not None
        assert await asyncio.to_thread(house.process.wait, 20) == 1
        assert "забрала другая служба" in house.said()
        assert other.stop() == 0


def _serve(house: ServiceHouse, more: Mapping[str, str], data: str = "elsewhere") -> Ran:
    """Start a second service in a folder of its own on the same Asterisk, which must fail."""
    asterisk = {"ARI_URL": house.sandbox["ari_url"], "ARI_PASSWORD": house.sandbox["ari_password"]}
    given = {f"REGISTRATURA__ASTERISK__{name}": value for name, value in asterisk.items()} | dict(more)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "serve", "--clinic", str(CLINIC), "--now", NOW],
        env=environ(house.folder / data, **given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)
