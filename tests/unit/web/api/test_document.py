"""The OpenAPI document is of the same table as the operations."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.web.api.table import PREFIX, ROUTES
from tests.unit.web.api.office import Person


async def test_the_document_names_every_operation_once(nobody: Person) -> None:
    told = await nobody.get("/openapi.json")
    assert (told.status, told.body["openapi"]) == (200, "3.1.0")
    listed = [(method, path) for path, methods in told.body["paths"].items() for method in methods]
    assert sorted(listed) == sorted((route.method.lower(), PREFIX + route.path) for route in ROUTES)
    names = [one["operationId"] for methods in told.body["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))


async def test_every_reference_leads_somewhere(nobody: Person) -> None:
    document = (await nobody.get("/openapi.json")).body
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        found: Any = document
        for part in reference.split("/"):
            found = found[part]


async def test_bodies_forbid_what_they_do_not_know(nobody: Person) -> None:
    schemas = (await nobody.get("/openapi.json")).body["components"]["schemas"]
    bodies = {route.body.__name__ for route in ROUTES if route.body}
    assert bodies
    assert all(schemas[name]["additionalProperties"] is False for name in bodies)


def test_what_writes_is_guarded_and_pages_have_an_order() -> None:
    for route in ROUTES:
        assert not route.writes or route.right or route.public or route.name == "logOut", route.name
        assert (route.answer.value == "page") == bool(route.order), route.name
