"""Scripts over the API: drafts, conflicts, the exam, publishing, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from bot.scripting.exam import shipped_files
from crm_bridge.local.tables import AuditRow
from crm_bridge.rules.rights import Role
from tests.unit.web.api.office import ApiHouse

MAIN = shipped_files("inbound")["inbound.yml"]
ASKS = "Чем могу помочь?"


def draft(words: str, base: int = 0) -> dict[str, Any]:
    assert ASKS in MAIN
    return {"base": base, "files": {"inbound.yml": MAIN.replace(ASKS, words)}, "note": "правка"}


async def test_a_draft_is_saved_looked_at_and_compared(hire: Any) -> None:
    admin = await hire(Role.ADMIN)
    saved = await admin.post("/scripts/inbound/versions", draft("Слушаю?"))
    assert (saved.status, saved.body["number"], saved.body["live"]) == (201, 1, False)
    listed = await admin.get("/scripts")
    assert {one["id"]: (one["live"], one["newest"]) for one in listed.body["items"]}["inbound"] == (0, 1)
    versions = await admin.get("/scripts/inbound/versions")
    assert [one["number"] for one in versions.body["items"]] == [1, 0]
    whole = await admin.get("/scripts/inbound/versions/1")
    assert "Слушаю?" in whole.body["files"]["inbound.yml"]
    assert "shared/common.yml" in whole.body["files"]
    told = await admin.get("/scripts/inbound/changes", before="0", after="1")
    assert told.body["items"] == [{"place": "шаг «open»", "text": f"реплика: было «{ASKS}», стало «Слушаю?»"}]


async def test_the_second_of_two_editors_is_told(hire: Any) -> None:
    one, other = await hire(Role.ADMIN, "one"), await hire(Role.ADMIN, "other")
    await one.post("/scripts/inbound/versions", draft("Раз?"))
    refused = await other.post("/scripts/inbound/versions", draft("Два?"))
    assert (refused.status, refused.body["title"]) == (409, "Сценарий уже изменили")
    assert "последняя 1" in refused.body["detail"]
    again = await other.post("/scripts/inbound/versions", draft("Два?", base=1))
    assert (again.status, again.body["number"]) == (201, 2)


async def test_who_edits_may_not_publish(programme: Any) -> None:
    editor = await programme("scripts.edit")
    assert (await editor.post("/scripts/inbound/versions", draft("Слушаю?"))).status == 201
    for path in ("/scripts/inbound/versions/1/publish", "/scripts/inbound/rollback"):
        refused = await editor.post(path)
        assert (refused.status, refused.body["detail"]) == (
            403,
            "Нужно право «Публикует речевые сценарии»: его даёт администратор.",
        )


async def test_a_faulty_version_is_refused_with_what_to_mend(house: ApiHouse, hire: Any) -> None:
    admin = await hire(Role.ADMIN)
    await admin.post("/scripts/inbound/versions", draft("Чем помочь, {{ nickname }}?"))
    checked = await admin.post("/scripts/inbound/versions/1/check")
    assert (checked.status, checked.body["passed"]) == (200, False)
    [finding] = checked.body["findings"]
    assert (finding["file"], "nickname" in finding["message"], finding["line"] > 0) == ("inbound.yml", True, True)
    refused = await admin.post("/scripts/inbound/versions/1/publish")
    assert (refused.status, refused.body["title"]) == (409, "Версия не опубликована")
    [error] = refused.body["errors"]
    assert error["field"] == finding["place"]
    assert f"inbound.yml:{finding['line']}" in error["message"]
    assert "script.publish" not in {row.action for row in await house.rows(AuditRow)}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/scripts/outbound", 404),
        ("GET", "/scripts/inbound/versions/9", 404),
        ("GET", "/scripts/inbound/versions/one", 404),
        ("POST", "/scripts/inbound/versions/9/publish", 404),
        ("POST", "/scripts/inbound/rollback", 409),
    ],
)
async def test_what_there_is_not(hire: Any, method: str, path: str, status: int) -> None:
    told = await (await hire(Role.ADMIN)).send(method, path)
    assert told.status == status
    assert told.body["detail"]


@pytest.mark.parametrize("files", [{"../x.yml": ""}, {"x.txt": ""}, {"inbound.yml": 5}, []])
async def test_files_of_another_shape_are_refused(hire: Any, files: Any) -> None:
    admin = await hire(Role.ADMIN)
    assert (await admin.post("/scripts/inbound/versions", {"base": 0, "files": files})).status == 422
