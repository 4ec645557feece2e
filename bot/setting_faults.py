"""What is wrong with a setting, in Russian and with its place."""

from __future__ import annotations


def place(location: tuple[int | str, ...]) -> str:
    """The dotted path of a faulty value, as it is written in the file."""
    return ".".join(str(part) for part in location)


_MESSAGES = {
    "extra_forbidden": "такой настройки нет, проверьте написание",
    "missing": "обязательная настройка не задана",
    "int_parsing": "нужно целое число",
    "int_type": "нужно целое число",
    "float_parsing": "нужно число",
    "bool_parsing": "нужно true или false",
    "string_type": "нужна строка в кавычках",
    "greater_than": "число слишком мало, нужно больше {gt}",
    "greater_than_equal": "число слишком мало, наименьшее {ge}",
    "less_than_equal": "число слишком велико, наибольшее {le}",
    "literal_error": "допустимо одно из: {expected}",
    "string_too_short": "слишком коротко, нужно знаков: {min_length}",
    "string_pattern_mismatch": "недопустимые знаки или длина, образец: {pattern}",
    "model_type": "нужна таблица настроек, а не одно значение",
}


def told(fault: dict[str, object]) -> str:
    """What pydantic found, as an engineer reads it; what is secret is not shown again."""
    template = _MESSAGES.get(str(fault["type"]), str(fault["msg"]).removeprefix("Value error, "))
    context = fault.get("ctx") or {}
    text = template.format(**context) if isinstance(context, dict) and template in _MESSAGES.values() else template
    secret = any(word in place(fault["loc"]) for word in ("password", "url", "secret", "security_key", "token"))  # type: ignore[arg-type]
    # a table as a whole may hold a secret
    shown = not secret and fault["type"] != "missing" and not isinstance(fault["input"], dict)
    return f"{text} (задано: {fault['input']!r})" if shown else text
