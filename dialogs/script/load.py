"""Reading a speech script: YAML 1.2, includes merged, every fault with file, line and a message in Russian."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode

from bot.domain.script_versions import Problem
from dialogs.expressions import ExpressionError, compile_text
from dialogs.script.model import Script
from dialogs.script.wording import texts_of

SHIPPED = Path(__file__).resolve().parent.parent / "scripts"
NAMES = ("inbound", "reminder", "invitation", "waitlist_offer")
"""The scripts that come with the product."""
_MERGED = ("questions", "forms", "requests", "steps", "texts", "supersedes", "keys")
_JOINED = ("interrupts", "fallbacks", "routes")

TextOf = Callable[[Path], str]
"""Gives a file's text; raises OSError where there is none."""


class ScriptError(ValueError):
    """The script cannot be read; `problems` say where and why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class _Source:
    """What has been read so far, and where each part stood."""

    text_of: TextOf
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)
    texts: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Document:
    """One file: what is in it, and the lines of its fields."""

    data: dict[str, Any]
    lines: dict[str, int]


def load_script(path: Path | str) -> Script:
    """Read a script from a file, or a shipped one by its name ("inbound"). Raises ScriptError."""
    return _load(_locate(path), _from_disk)


def load_files(files: Mapping[str, str], name: str) -> Script:
    """Read a script that is held as texts by path ("inbound.yml", "shared/common.yml"); no disk. Raises ScriptError."""

    def text_of(path: Path) -> str:
        try:
            return files[path.as_posix()]
        except KeyError:
            raise FileNotFoundError(path) from None

    return _load(Path(f"{name}.yml"), text_of)


def files_of(path: Path | str) -> dict[str, str]:
    """The texts of a script and of all that it includes, by path from its folder; its content may still be faulty.

    Raises ScriptError for a file that is missing, or that lies outside the script's folder.
    """
    main = _locate(path)
    source = _Source(text_of=_from_disk)
    _read(main, source)
    folder = os.path.normpath(main.parent)
    found = {Path(os.path.relpath(one, folder)).as_posix(): text for one, text in source.texts.items()}
    problems = [problem for problem in source.problems if problem.place == "include"]
    problems += [
        Problem(place="include", message="файл лежит вне папки сценария: перенесите его к сценарию", file=name)
        for name in found
        if name.startswith("..")
    ]
    if problems:
        raise ScriptError(tuple(problems))
    return found


def _from_disk(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _load(path: Path, text_of: TextOf) -> Script:
    source = _Source(text_of=text_of)
    _read(path, source)
    if source.problems:
        raise ScriptError(tuple(source.problems))
    try:
        script = Script.model_validate({**source.data, "places": source.places})
    except ValidationError as error:
        raise ScriptError(tuple(_fault(item, source.places) for item in error.errors())) from None
    _warm_up(script)
    return script


def _warm_up(script: Script) -> None:
    """Compile all texts now, so that no caller waits for it; what cannot be compiled is the checker's to tell."""
    for text in texts_of(script):
        with suppress(ExpressionError):
            compile_text(text.source, expression=text.kind == "condition")


def _locate(path: Path | str) -> Path:
    given = Path(path)
    return given if given.suffix in {".yml", ".yaml"} else SHIPPED / f"{given.name}.yml"


def _read(path: Path, source: _Source) -> None:
    path = Path(os.path.normpath(path))
    if path in source.seen:
        return
    source.seen.add(path)
    document = _parse(path, source)
    if document is None:
        return
    included = document.data.get("include", [])
    if not isinstance(included, list):
        line = document.lines.get("include", 1)
        source.problems.append(Problem(place="include", message="здесь нужен список файлов", file=str(path), line=line))
        return
    for name in included:
        _read(path.parent / f"{name}.yml", source)
    _merge(document, path, source)


def _parse(path: Path, source: _Source) -> _Document | None:
    try:
        source.texts[path] = source.text_of(path)
        document = _document(source.texts[path])
    except OSError:
        source.problems.append(Problem(place="include", message="файл не найден", file=str(path), line=1))
        return None
    except UnicodeDecodeError:
        source.problems.append(Problem(place="include", message="файл не в кодировке UTF-8", file=str(path), line=1))
        return None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        text = f"это не YAML: {getattr(error, 'problem', None) or 'ошибка разбора'}"
        source.problems.append(Problem(place="файл", message=text, file=str(path), line=line))
        return None
    if document is None:
        source.problems.append(Problem(place="файл", message="ожидается набор полей", file=str(path), line=1))
    return document


@lru_cache(maxsize=32)
def _document(text: str) -> _Document | None:
    """The same text is read once, for scripts share most of their files; None where it holds no fields.

    The compiled parser is five times as quick; what it cannot take is for the other one, which says why.
    """
    try:
        return _read_yaml(text, pure=False)
    except YAMLError:
        return _read_yaml(text, pure=True)


def _read_yaml(text: str, *, pure: bool) -> _Document | None:
    node = YAML(typ="safe", pure=pure).compose(text)
    data = YAML(typ="safe", pure=pure).load(text)
    if not isinstance(node, MappingNode):
        return None
    return _Document(data={str(key): _named(value) for key, value in data.items()}, lines=_lines(node))


def _named(value: Any) -> Any:
    """The same with text as names throughout, as Pydantic takes them: a key `1` of the telephone is a name too."""
    if isinstance(value, dict):
        return {str(key): _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value


def _lines(node: MappingNode, prefix: str = "") -> dict[str, int]:
    """Where each field and each of its parts stands: 'steps' and 'steps.greet' -> line, from 1."""
    found = {}
    for key, value in node.value:
        found[f"{prefix}{key.value}"] = key.start_mark.line + 1
        if not prefix and isinstance(value, MappingNode):
            found |= _lines(value, f"{key.value}.")
    return found


def _merge(document: _Document, path: Path, source: _Source) -> None:
    for key, value in document.data.items():
        line = document.lines.get(key, 1)
        source.places[key] = (str(path), line)
        if key in _MERGED and not isinstance(value, dict):
            source.problems.append(Problem(place=key, message="здесь нужен набор полей", file=str(path), line=line))
        elif key in _JOINED and not isinstance(value, list):
            source.problems.append(Problem(place=key, message="здесь нужен список правил", file=str(path), line=line))
        elif key in _MERGED:
            _merge_mapping(key, document, path, source)
        elif key in _JOINED:
            # in the order of inclusion: what is shared by all (danger to life first) stands before what is added
            source.data[key] = source.data.get(key, []) + value
        else:
            source.data[key] = value


def _merge_mapping(key: str, document: _Document, path: Path, source: _Source) -> None:
    merged = source.data.setdefault(key, {})
    for name, item in document.data[key].items():
        line = document.lines.get(f"{key}.{name}", 1)
        if key == "steps" and name in merged:
            first_file, first_line = source.places[f"{key}.{name}"]
            text = f"такой шаг уже есть: {first_file}:{first_line}"
            source.problems.append(Problem(place=f"{key}.{name}", message=text, file=str(path), line=line))
        source.places[f"{key}.{name}"] = (str(path), line)
        merged[name] = item


def _fault(error: Any, places: dict[str, tuple[str, int]]) -> Problem:
    path = [str(part) for part in error["loc"] if str(part) not in {"str", "Question"}]
    known = next((".".join(path[:size]) for size in (2, 1) if ".".join(path[:size]) in places), "")
    file, line = places.get(known, ("", 0))
    return Problem(place=".".join(path), message=_russian(error), file=file, line=line)


def _russian(error: Any) -> str:
    messages = {
        "missing": "поле обязательно",
        "extra_forbidden": "такого поля нет",
        "string_type": "здесь нужен текст",
        "literal_error": f"допустимо только: {error.get('ctx', {}).get('expected', '')}",
        "int_parsing": "здесь нужно целое число",
        "bool_parsing": "здесь нужно true или false",
        "dict_type": "здесь нужен набор полей",
    }
    return messages.get(error["type"], f"не подходит: {error['msg']}")
