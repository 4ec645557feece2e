"""The OpenAPI 3.1 document, made of the table of operations and of the models that read and show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bot.web.api.auth import COOKIE
from bot.web.api.repeats import HEADER, PATTERN
from bot.web.api.route import Answer, Route
from bot.web.api.run import PATH_ID
from crm_bridge.rules.rights import RIGHTS

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "status", "title", "detail"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_ERRORS = {
    400: "Запрос не понят",
    401: "Нужен вход",
    403: "Нет права или другой филиал",
    404: "Ничего не найдено",
    409: "Правила клиники или состояние не позволяют",
    413: "Слишком длинный запрос",
    415: "Нужен JSON",
    422: "Данные не приняты",
    503: "База не отвечает",
}


def openapi(routes: Iterable[Route], prefix: str, *, title: str = "Регистратура", version: str = "1") -> Json:
    """The whole document."""
    table = list(routes)
    refs, schemas = _schemas(table)
    paths: dict[str, Json] = {}
    for route in table:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": _ABOUT},
        "tags": [{"name": name} for name in dict.fromkeys(route.tag for route in table)],
        "paths": paths,
        "security": [{"key": []}, {"session": []}],
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
            "responses": {
                str(status): {
                    "description": words,
                    "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}},
                }
                for status, words in _ERRORS.items()
            },
        },
    }


_ABOUT = "Всё, что делают страницы регистратуры. Ошибки — application/problem+json по-русски."
_Refs = Mapping[Any, Json]


def _schemas(routes: Iterable[Route]) -> tuple[_Refs, Json]:
    """A reference for every model, and the schemas they refer to."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for route in routes:
        if route.body:
            wanted[route.body, "validation"] = None
        if route.view:
            wanted[route.view, "serialization"] = None
    refs, document = models_json_schema(list(wanted), ref_template=_REF)
    return refs, document["$defs"]


def _operation(route: Route, refs: _Refs) -> Json:
    made: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": {str(route.status): _answer(route, refs), **_errors(route)},
    }
    if route.right:
        made["description"] = f"Нужно право «{RIGHTS[route.right]}» ({route.right})."
    if route.public:
        made["security"] = []
    if route.body:
        content = {"application/json": {"schema": refs[route.body, "validation"]}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _path_parameters(route: Route) -> list[Json]:
    schema = {"type": "string", "pattern": PATH_ID}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema} for name in re.findall(r"{(\w+)}", route.path)
    ]


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template=_REF)
    known = schema.get("$defs", {})
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _plain(one, known)}
        for name, one in schema["properties"].items()
    ]


def _plain(schema: Json, known: Json) -> Json:
    """A parameter's schema: an address has no null, and its types are written out."""
    choices = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    [only] = choices
    if "$ref" in only:
        only = known[only["$ref"].rpartition("/")[2]]
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    return {name: value for name, value in only.items() if name not in {"title", "default"}} | default


def _header_parameters(route: Route) -> list[Json]:
    if not route.writes or route.public:
        return []
    about = "Один и тот же запрос с одним ключом выполняется один раз; ключ помнят сутки."
    schema = {"type": "string", "pattern": PATTERN}
    return [{"name": HEADER, "in": "header", "required": False, "description": about, "schema": schema}]


def _answer(route: Route, refs: _Refs) -> Json:
    if route.view is None:
        return {"description": "Сделано"}
    one = refs[route.view, "serialization"]
    schema: Json = one
    if route.answer is not Answer.ONE:
        schema = {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": one}}}
    if route.answer is Answer.PAGE:
        schema["required"].append("next")
        schema["properties"]["next"] = {"type": ["string", "null"]}
    return {"description": "Сделано", "content": {"application/json": {"schema": schema}}}


def _errors(route: Route) -> Json:
    told = dict(_ERRORS)
    if route.body is None:
        del told[415], told[413]
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in told}
