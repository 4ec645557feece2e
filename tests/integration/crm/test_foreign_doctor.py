"""What `registratura doctor` says of other systems: Russian, with what to do, and no secret in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.doctor.finding import Finding
from bot.doctor.outside import check_other_systems
from bot.domain.clock import ManualClock, SystemClock
from bot.foreign_settings import CrmSettings, CsvSettings, GenericHttpSettings, PyrusSettings
from bot.settings import load_settings
from tests.contract.pyrus_subject import CALLS, DOCTORS, FORMS, NOW, SECTIONS
from tests.fakes.generic_http import SECRET, FakeGenericHttp
from tests.fakes.pyrus import LOGIN, SECURITY_KEY, FakePyrus
from tests.fakes.pyrus_forms import PyrusForms


@pytest.fixture
async def pyrus() -> AsyncIterator[str]:
    """The address of a whole Pyrus."""
    clock = ManualClock(NOW)
    server = TestServer(FakePyrus(clock, PyrusForms(clock, FORMS, {DOCTORS: {}}), CALLS).application())
    await server.start_server()
    yield str(server.make_url("/api/v4"))
    await server.close()


async def said_of_pyrus(folder: Path, address: str, sections: dict[str, Any], key: str = SECURITY_KEY) -> Finding:
    mapping = folder / "pyrus.yml"
    mapping.write_text(json.dumps(sections), encoding="utf-8")
    given = PyrusSettings(login=LOGIN, security_key=key, mapping=mapping, auth_url=f"{address}/auth", api_url=address)
    return await said(CrmSettings(pyrus=given))


async def said(crm: CrmSettings) -> Finding:
    [finding] = await check_other_systems(load_settings(crm=crm))
    return finding


class TestPyrus:
    async def test_all_is_well_and_where_webhooks_are_awaited(self, tmp_path: Path, pyrus: str) -> None:
        finding = await said_of_pyrus(tmp_path, pyrus, SECTIONS)
        assert finding.grade == "ok"
        assert "заявки (1001)" in finding.text
        assert "/hooks/pyrus" in finding.text

    async def test_a_field_that_is_not_in_the_form(self, tmp_path: Path, pyrus: str) -> None:
        fields = {**SECTIONS["bookings"]["fields"], "comment": 77}
        sections = {"bookings": {**SECTIONS["bookings"], "fields": fields}}
        finding = await said_of_pyrus(tmp_path, pyrus, sections)
        assert finding.grade == "fail"
        assert finding.text == "bookings.fields.comment: в форме нет поля 77"
        assert "crm.pyrus.mapping" in finding.remedy

    async def test_a_wrong_key_is_told_once_and_not_shown(self, tmp_path: Path, pyrus: str) -> None:
        finding = await said_of_pyrus(tmp_path, pyrus, SECTIONS, key="чужой-ключ-безопасности")
        assert finding.text == "Pyrus не принял вход: проверьте логин бота и ключ безопасности"
        assert "crm.pyrus.security_key" in finding.remedy
        assert "чужой" not in repr(finding)

    async def test_nobody_answers(self, tmp_path: Path) -> None:
        finding = await said_of_pyrus(tmp_path, "http://127.0.0.1:1/api/v4", SECTIONS)
        assert (finding.grade, finding.text) == ("fail", "нет связи с Pyrus")
        assert "/auth" in finding.remedy

    async def test_a_file_that_is_no_mapping(self, tmp_path: Path, pyrus: str) -> None:
        finding = await said_of_pyrus(tmp_path, pyrus, {"bookings": {"form": "заявки"}})
        assert finding.text.startswith("crm.pyrus.mapping: Файл соответствия")
        assert "docs/how-to/pyrus.md" in finding.remedy


class TestAnyOther:
    @pytest.mark.parametrize(
        ("changes", "grade", "words"),
        [
            ({}, "ok", "/hooks/generic"),
            ({"secret": "чужой-секрет"}, "fail", "не принимает наш секрет"),
            ({"offers": frozenset({"requests"})}, "warn", "о решениях не сообщает"),
        ],
    )
    async def test_what_it_answers(self, changes: dict[str, Any], grade: str, words: str) -> None:
        server = TestServer(FakeGenericHttp(SystemClock()).app())
        await server.start_server()
        try:
            given = {"url": str(server.make_url("/v1")), "secret": SECRET, **changes}
            finding = await said(CrmSettings(generic_http=GenericHttpSettings(**given)))
        finally:
            await server.close()
        assert finding.grade == grade
        assert words in finding.text


async def test_a_shared_folder(tmp_path: Path) -> None:
    finding = await said(CrmSettings(csv=CsvSettings(folder=tmp_path)))
    assert (finding.grade, finding.name) == ("ok", "Обмен файлами")
    missing = await said(CrmSettings(csv=CsvSettings(folder=tmp_path / "обмен")))
    assert missing.grade == "fail"
    assert "crm.csv.folder" in missing.remedy


async def test_without_other_systems_there_is_nothing_to_say() -> None:
    assert await check_other_systems(load_settings()) == []
