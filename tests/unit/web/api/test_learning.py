"""Phrases that were not understood over the API: rights, audit, labels, trainings, publication."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.learning import MaskedPhrase, Why
from crm_bridge.rules.rights import Role
from tests.rules.house import NOW
from tests.unit.web.api.office import ApiHouse, Person

POOL, CORE = "бумагу в бассейн", "привить ребенка от кори"


@pytest.fixture
async def phrases(house: ApiHouse) -> list[int]:
    """Two phrases that calls did not understand; their ids."""
    said = [
        MaskedPhrase(text=text, key=text, state="open", why=Why.REJECTED, call_id="c1", at=NOW, guess="inform")
        for text in (POOL, CORE)
    ]
    await house.parts.learning.phrases.keep(said)  # type: ignore[attr-defined]
    return [1, 2]


async def _audited(hire: Any) -> list[tuple[str, str]]:
    director = await hire(Role.DIRECTOR, "auditor")
    lines = (await director.get("/audit", subject="phrase")).body["items"]
    return [(line["action"], line["subject_id"]) for line in reversed(lines)]


async def test_phrases_are_read_page_by_page_and_every_reading_is_recorded(hire: Any, phrases: list[int]) -> None:
    senior = await hire(Role.SENIOR_REGISTRAR)
    first = await senior.get("/phrases", limit="1", status="new")
    assert [one["text"] for one in first.body["items"]] == [POOL]
    second = await senior.get("/phrases", limit="1", status="new", cursor=first.body["next"])
    assert [one["text"] for one in second.body["items"]] == [CORE]
    assert second.body["next"] is None
    one = await senior.get("/phrases/2")
    assert (one.body["text"], one.body["guess"], one.body["times"]) == (CORE, "inform", 1)
    for unknown in ("9", "x", "9" * 30):
        missing = await senior.get(f"/phrases/{unknown}")
        assert (missing.status, missing.headers["Content-Type"]) == (404, "application/problem+json; charset=utf-8")
    assert await _audited(hire) == [("phrase.list", ""), ("phrase.list", ""), ("phrase.read", "2")]


async def test_groups_come_with_a_suggestion(hire: Any, phrases: list[int]) -> None:
    senior = await hire(Role.SENIOR_REGISTRAR)
    found = (await senior.get("/phrase-groups")).body["items"]
    assert [one["id"] for one in found] == [1, 2]
    assert (found[1]["suggested"], found[1]["times"]) == ("vaccination", 1)
    assert found[0]["phrases"][0]["text"] == POOL
    assert await _audited(hire) == [("phrase.list", "")]


async def test_a_label_needs_the_right_and_a_known_intent(hire: Any, phrases: list[int]) -> None:
    senior, registrar = await hire(Role.SENIOR_REGISTRAR), await hire(Role.REGISTRAR)
    body = {"phrase_ids": [1], "intent": "documents"}
    refused = await registrar.post("/phrase-labels", body)
    assert (refused.status, "Размечает непонятые фразы" in refused.body["detail"]) == (403, True)
    assert (await registrar.get("/phrases")).status == 403
    unknown = await senior.post("/phrase-labels", body | {"intent": "pool"})
    assert (unknown.status, "Намерения «pool» нет" in unknown.body["detail"]) == (409, True)
    assert (await senior.post("/phrase-labels", body | {"phrase_ids": []})).status == 422
    assert (await senior.post("/phrase-labels", body | {"phrase_ids": [77]})).status == 404
    assert (await senior.post("/phrase-labels", body)).body == {"count": 1, "notes": []}
    found = await senior.get("/phrases/1")
    assert (found.body["status"], found.body["label"]) == ("labelled", "documents")
    assert found.body["labelled_by"].startswith("staff:")
    assert await _audited(hire) == [("phrase.label", ""), ("phrase.read", "1")]


async def test_a_conflict_is_told_and_can_be_forced(hire: Any, phrases: list[int]) -> None:
    senior = await hire(Role.SENIOR_REGISTRAR)
    taken = await senior.post("/phrase-imports", {"items": [{"text": POOL, "state": "confirm", "intent": "documents"}]})
    assert taken.body == {"new": 1, "known": 0, "errors": []}
    body = {"phrase_ids": [1], "intent": "prep_info"}
    conflict = await senior.post("/phrase-labels", body)
    assert (conflict.status, "уже учит «documents»" in conflict.body["detail"]) == (409, True)
    assert (await senior.post("/phrase-labels", body | {"force": True})).status == 200
    assert (await senior.get("/phrases/3")).body["label"] == "prep_info"


async def test_phrases_are_ignored(hire: Any, phrases: list[int]) -> None:
    senior = await hire(Role.SENIOR_REGISTRAR)
    assert (await senior.post("/ignored-phrases", {"phrase_ids": phrases})).body == {"count": 2}
    assert (await senior.get("/phrases", status="new")).body["items"] == []
    assert (await senior.get("/phrase-groups")).body["items"] == []
    assert (await senior.get("/learning")).body["dealt_with"] == 1.0


async def test_transcripts_are_taken_masked_once_and_bad_rows_named(hire: Any, phrases: list[int]) -> None:
    senior = await hire(Role.SENIOR_REGISTRAR)
    items = [{"text": "Это Кузнецов Пётр Ильич, где парковка"}, {"text": "парковка", "state": "garden"}]
    taken = (await senior.post("/phrase-imports", {"items": items})).body
    assert (taken["new"], [one["number"] for one in taken["errors"]]) == (1, [2])
    assert (await senior.get("/phrases/3")).body["text"] == "это [имя] где парковка"
    assert (await senior.post("/phrase-imports", {"items": items})).body["known"] == 1
    assert (await senior.post("/phrase-imports", {"items": []})).status == 422


async def test_own_words_are_listed_changed_and_removed(hire: Any, phrases: list[int]) -> None:
    senior, registrar = await hire(Role.SENIOR_REGISTRAR), await hire(Role.REGISTRAR)
    body = {"said": "Флюшка", "meant": "флюорография"}
    assert (await registrar.post("/synonyms", body)).status == 403
    made = await senior.post("/synonyms", body)
    assert (made.status, made.body["said"], made.body["meant"]) == (201, "флюшка", "флюорография")
    assert [one["id"] for one in (await senior.get("/synonyms")).body["items"]] == [made.body["id"]]
    danger = await senior.post("/synonyms", {"said": "не дышит", "meant": "спит"})
    assert (danger.status, "признак опасности" in danger.body["detail"]) == (409, True)
    assert (await senior.send("DELETE", f"/synonyms/{made.body['id']}")).status == 204
    assert (await senior.send("DELETE", "/synonyms/x")).status == 404
    assert (await senior.get("/synonyms")).body["items"] == []


async def test_training_and_publication_are_the_admins(hire: Any, phrases: list[int]) -> None:
    senior, admin = await hire(Role.SENIOR_REGISTRAR), await hire(Role.ADMIN)
    for path in ("/trainings", "/trainings/1/publication", "/publications/rollback"):
        assert (await senior.post(path)).status == 403, path
    nothing = await admin.post("/trainings")
    assert (nothing.status, "Новых размеченных фраз нет" in nothing.body["detail"]) == (409, True)
    await senior.post("/phrase-labels", {"phrase_ids": [1], "intent": "documents"})
    ordered = await admin.post("/trainings")
    assert (ordered.status, ordered.body["status"]) == (202, "ordered")
    path = f"/trainings/{ordered.body['id']}"
    assert (await admin.post("/trainings")).status == 409
    early = await admin.post(f"{path}/publication")
    assert (early.status, "ещё не закончено" in early.body["detail"]) == (409, True)
    assert (await senior.get(path)).body["status"] == "ordered"
    assert [one["id"] for one in (await senior.get("/trainings")).body["items"]] == [ordered.body["id"]]
    assert (await admin.get("/trainings/99")).status == 404


async def test_a_ready_training_is_published_and_rolled_back(house: ApiHouse, hire: Any, phrases: list[int]) -> None:
    admin = await hire(Role.ADMIN)
    await admin.post("/phrase-labels", {"phrase_ids": [1], "intent": "documents"})
    ordered = (await admin.post("/trainings")).body
    done = await house.parts.learning.school.run(ordered["id"])  # type: ignore[attr-defined]
    assert done.refusals == ()
    shown = (await admin.get(f"/trainings/{done.id}")).body
    assert (shown["status"], shown["figures"]["own_after"]["lines"]) == ("ready", 1)
    published = await admin.post(f"/trainings/{done.id}/publication")
    assert (published.status, published.body["set_id"]) == (201, done.id)
    status = (await admin.get("/learning")).body
    assert (status["live"]["set_id"], status["counts"]["published"]) == (done.id, 1)
    back = await admin.post("/publications/rollback")
    assert (back.status, back.body["set_id"]) == (201, None)
    assert (await admin.post("/publications/rollback")).status == 409
    assert [one["set_id"] for one in (await admin.get("/publications")).body["items"]] == [None, done.id]
    actions = [action for action, _ in await _audited(hire)]
    assert actions == ["phrase.label", "phrase.train", "phrase.publish", "phrase.rollback"]


async def test_nobody_reads_phrases_without_a_log_in(nobody: Person, phrases: list[int]) -> None:
    assert (await nobody.get("/phrases")).status == 401
