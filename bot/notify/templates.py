"""Texts with variables: the shipped ones, replaced one by one by the clinic's own, checked before anything is sent."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

SHIPPED = Path(__file__).with_name("templates.yml")
_VISIT = frozenset({"clinic", "patient", "day", "time", "what", "address", "branch"})
_STAFF = frozenset({"patient_short", "day", "time", "what", "branch", "who"})
VARIABLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "confirmation": _VISIT,
        "moved": _VISIT,
        "preparation": _VISIT | {"prep"},
        "payment": _VISIT | {"sum", "link"},
        "payment_deadline": _VISIT | {"sum", "link", "deadline"},
        "prepay_at_desk": _VISIT | {"sum", "deadline"},
        "cancelled": _VISIT,
        "cancelled_by_clinic": _VISIT | {"reason"},
        "expired_unpaid": _VISIT,
        "expired": _VISIT,
        "offer": _VISIT | {"deadline"},
        "rating": _VISIT | {"link"},
        "doctor_moved": _STAFF,
        "doctor_cancelled": _STAFF,
    }
)
"""Which variables each template may use."""
_NEEDED = {"payment": "link", "payment_deadline": "link", "rating": "link", "preparation": "prep"}
"""Without this variable the message would be of no use."""


class TemplateError(ValueError):
    """The texts cannot be used; the message is Russian and names every faulty place."""


class _Text(BaseModel):
    """One entry of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=2000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A checked text and its title, which is an e-mail's subject."""

    name: str
    title: str
    text: str


class Templates:
    """All texts by name."""

    def __init__(self, texts: Mapping[str, Template]) -> None:
        self._texts = texts

    def title(self, name: str, values: Mapping[str, str]) -> str:
        """The title, on one line."""
        return " ".join(self._texts[name].title.format_map(values).split())

    def text(self, name: str, values: Mapping[str, str]) -> str:
        """The text with its variables filled in; `values` has all that VARIABLES names."""
        return self._texts[name].text.format_map(values).strip()


def load_templates(file: Path | None = None) -> Templates:
    """The shipped texts and, over them, those of the clinic's own file. Raises TemplateError."""
    texts = _read(SHIPPED)
    return Templates(texts | _read(file) if file else texts)


def _read(file: Path) -> dict[str, Template]:
    try:
        data = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"{file.name}: файл не читается ({error.strerror})") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise TemplateError(f"{file.name}: это не YAML в UTF-8: {error}") from error
    if not isinstance(data, dict):
        raise TemplateError(f"{file.name}: ожидаются имена сообщений и под каждым title и text")
    faults: list[str] = []
    texts: dict[str, Template] = {}
    for name, entry in data.items():
        found = list(_faults(str(name), entry))
        faults += [f"{file.name}: {fault}" for fault in found]
        if not found:
            texts[name] = Template(name=name, title=entry["title"], text=entry["text"])
    if faults:
        raise TemplateError("\n".join(faults))
    return texts


def _faults(name: str, entry: object) -> Iterator[str]:
    """What is wrong with one entry, in words."""
    if name not in VARIABLES:
        yield f"{name}: такого сообщения нет; есть {', '.join(sorted(VARIABLES))}"
        return
    try:
        text = _Text.model_validate(entry)
    except ValidationError as error:
        for fault in error.errors():
            where = ".".join(str(part) for part in fault["loc"])
            yield f"{name}.{where}: нужны непустые title и text, других полей нет" if where else f"{name}: пусто"
        return
    used: set[str] = set()
    for place, value in (("title", text.title), ("text", text.text)):
        try:
            parts = list(string.Formatter().parse(value))
        except ValueError:
            yield f"{name}.{place}: непарная фигурная скобка; чтобы написать саму скобку, удвойте её"
            continue
        for _, variable, format_spec, conversion in parts:
            if variable is None:
                continue
            used.add(variable)
            if variable not in VARIABLES[name]:
                known = ", ".join(sorted(VARIABLES[name]))
                yield f"{name}.{place}: нет переменной {{{variable}}}; есть {known}"
            elif format_spec or conversion:
                yield f"{name}.{place}: после {{{variable}}} не нужны ни двоеточие, ни восклицательный знак"
    needed = _NEEDED.get(name)
    if needed and needed not in used:
        yield f"{name}.text: нет переменной {{{needed}}}, без неё сообщение бесполезно"
