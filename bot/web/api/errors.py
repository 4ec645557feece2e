"""Errors as problem+json, in Russian: 422 is what the document forbids, 409 what the clinic's rules or state forbid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from bot.domain.script_versions import NoSuchVersion, PublishRefused, ScriptConflict, ScriptFault, ScriptRejected
from bot.web.problems import Problem
from crm_bridge.port import (
    CrmError,
    CrmUnavailable,
    HoldExpired,
    IllegalStep,
    NotFound,
    OpeningTaken,
    Refused,
    VisitClosed,
)
from crm_bridge.rules.settings import RuleSettingError

_OF_CLINIC: Mapping[type[Exception], tuple[int, str, str]] = {
    NotFound: (404, "Ничего не найдено", "Проверьте номер: такого пациента, приёма или окна нет."),
    OpeningTaken: (409, "Окно занято", "Выберите другое окно: это уже занято."),
    HoldExpired: (409, "Бронь истекла", "Займите окно снова: время брони вышло."),
    VisitClosed: (409, "Приём закрыт", "Приём уже отменён или состоялся."),
    IllegalStep: (409, "Такого шага нет", "Обновите данные: состояние уже другое."),
    Refused: (409, "Правило не позволяет", "Исправьте запрос."),
    RuleSettingError: (409, "Настройка не принята", "Проверьте ключ и значение."),
    OverflowError: (409, "Дата вне пределов", "Укажите дату ближе к сегодняшней."),
    NoSuchVersion: (404, "Ничего не найдено", "Проверьте имя сценария и номер версии."),
    ScriptConflict: (409, "Сценарий уже изменили", "Возьмите новую версию и перенесите в неё правки."),
    ScriptRejected: (409, "Сценарий не принят", "Исправьте файлы."),
    CrmUnavailable: (503, "База не отвечает", "Повторите через минуту; ничего не записано."),
}
CLINIC_ERRORS = (CrmError, RuleSettingError, ScriptFault, OverflowError)

_FIELD = {
    "missing": "обязательное поле",
    "extra_forbidden": "такого поля нет",
    "string_pattern_mismatch": "недопустимые знаки или длина",
    "string_too_short": "слишком коротко",
    "string_too_long": "слишком длинно",
    "too_long": "слишком много значений",
    "too_short": "слишком мало значений",
    "enum": "нет такого значения, допустимы: {expected}",
    "greater_than_equal": "не меньше {ge}",
    "less_than_equal": "не больше {le}",
    "date_from_datetime_parsing": "нужна дата вида 2026-11-23",
    "date_parsing": "нужна дата вида 2026-11-23",
    "date_type": "нужна дата вида 2026-11-23",
    "datetime_parsing": "нужны дата и время со смещением: 2026-11-23T10:00:00+03:00",
    "datetime_from_date_parsing": "нужны дата и время со смещением: 2026-11-23T10:00:00+03:00",
    "timezone_aware": "нужно смещение пояса: 2026-11-23T10:00:00+03:00",
    "int_type": "нужно целое число",
    "int_parsing": "нужно целое число",
    "string_type": "нужна строка",
    "bool_type": "нужно true или false",
    "bool_parsing": "нужно true или false",
    "model_type": "нужен объект JSON",
    "list_type": "нужен список",
    "dict_type": "нужен объект JSON",
}


def problem(
    status: int, title: str, detail: str, *, errors: Sequence[Mapping[str, str]] = (), **headers: str
) -> web.Response:
    """An error's answer; `errors` name the fields."""
    body: dict[str, Any] = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    if errors:
        body["errors"] = list(errors)
    return web.Response(
        status=status,
        text=json.dumps(body, ensure_ascii=False),
        content_type="application/problem+json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def of_problem(error: Problem) -> web.Response:
    """The answer to a refusal of ours."""
    if error.status == 401:
        return problem(401, error.title, error.detail, WWW_Authenticate='Bearer realm="registratura"')
    return problem(error.status, error.title, error.detail, errors=_listed(error.errors))


def of_clinic(error: Exception) -> web.Response:
    """The answer to what the clinic's rules refuse; words of ours that are no Russian stay inside."""
    if isinstance(error, PublishRefused):
        found = ((one.place, str(one)) for one in error.exam.findings)
        detail = "Исправьте то, что перечислено в errors, и сохраните новую версию."
        return problem(409, "Версия не опубликована", detail, errors=_listed(found))
    status, title, detail = next(told for kind, told in _OF_CLINIC.items() if isinstance(error, kind))
    said = str(error)
    if re.search("[а-яё]", said, re.IGNORECASE):
        detail = said
    return problem(status, title, detail, Retry_After="60") if status == 503 else problem(status, title, detail)


def _listed(errors: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"field": field, "message": message} for field, message in errors]


def of_fields(error: ValidationError) -> web.Response:
    """The answer to a body or query that is not as the document says."""
    if any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_input=False)):
        return problem(400, "Запрос не понят", "Тело запроса — не JSON: проверьте кавычки и скобки.")
    told = [
        {"field": ".".join(str(part) for part in one["loc"]), "message": _words(one)}
        for one in error.errors(include_url=False, include_input=False)
    ]
    return problem(422, "Данные не приняты", "Исправьте поля, перечисленные в errors.", errors=told)


def _words(one: Any) -> str:
    text = _FIELD.get(one["type"], "неверное значение")
    return text.format(**{name: str(value).replace(" or ", " или ") for name, value in one.get("ctx", {}).items()})
