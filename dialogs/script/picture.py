"""The picture of a script's steps: an SVG that any browser shows, or Mermaid text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from dialogs.script.graph import edges_of, entries_of
from dialogs.script.model import Question, Script, Step

_WIDE, _HIGH, _GAP_X, _GAP_Y, _MARGIN = 230, 64, 34, 70, 30
_NAME_LETTERS, _WORDS_LETTERS, _ROW = 28, 34, 9
_SWEEPS: Final = 4
_TAG: Final = re.compile(r"\{%.*?%\}", re.S)
_VALUE: Final = re.compile(r"\{\{.*?\}\}", re.S)
_COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("#fde2e0", "человек"),
    "ask": ("#dbeafe", "вопрос"),
    "do": ("#fef3c7", "действие"),
    "end": ("#e5e7eb", "конец звонка"),
    "say": ("#dcfce7", "реплика или выбор"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A step at its place, in pixels."""

    x: int
    y: int


def as_mermaid(script: Script) -> str:
    """The steps as Mermaid's flowchart."""
    numbers = {name: f"s{number}" for number, name in enumerate(script.steps)}
    lines = ["flowchart TD"]
    for name, step in script.steps.items():
        words = _words(script, step).replace('"', "'")
        label = f"{name}<br/>{escape(words)}" if words else name
        lines.append(f'  {numbers[name]}["{label}"]:::{_kind(step)}')
    for name, targets in edges_of(script).items():
        lines += [f"  {numbers[name]} --> {numbers[target]}" for target in sorted(targets) if target in numbers]
    lines += [f"  classDef {kind} fill:{colour}" for kind, (colour, _) in _COLOURS.items()]
    return "\n".join(lines) + "\n"


def as_svg(script: Script) -> str:
    """The steps from the start downwards; pointing at a box shows its name and all that it says."""
    edges = edges_of(script)
    rows = _rows(script, edges)
    boxes = _boxes(rows)
    width = max(box.x for box in boxes.values()) + _WIDE + _MARGIN
    height = max(box.y for box in boxes.values()) + _HIGH + _MARGIN
    arrows = [_arrow(boxes[name], boxes[target]) for name in boxes for target in sorted(edges[name]) if target in boxes]
    shown = [_drawn(script, name, box) for name, box in boxes.items()]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12"><title>{escape(script.title)}</title>{_MARKER}'
        f'<rect width="{width}" height="{height}" fill="white"/>{_legend(script)}'
    )
    return "\n".join((head, *arrows, *shown, "</svg>\n"))


_MARKER: Final = (
    '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0,0 L8,4 L0,8 z" fill="#64748b"/></marker></defs>'
)


def _rows(script: Script, edges: Mapping[str, frozenset[str]]) -> Sequence[Sequence[str]]:
    """Steps by how many steps they are from an entry, neighbours of neighbours near each other."""
    depth: dict[str, int] = {}
    front = [name for name in dict.fromkeys(entries_of(script).values()) if name in edges]
    depth.update(dict.fromkeys(front, 1))
    depth[script.start] = 0
    front = [script.start, *(name for name in front if name != script.start)]
    while front:
        following = [target for name in front for target in sorted(edges[name]) if target in edges]
        fresh = [name for name in dict.fromkeys(following) if name not in depth]
        depth.update({name: 1 + min(depth[one] for one in depth if name in edges[one]) for name in fresh})
        front = fresh
    layers: dict[int, list[str]] = defaultdict(list)
    for name in script.steps:
        layers[depth.get(name, max(depth.values()) + 1)].append(name)
    rows = [row for _, layer in sorted(layers.items()) for row in _split(layer)]
    for _ in range(_SWEEPS):
        rows = _untangled(rows, edges)
    return rows


def _split(layer: list[str]) -> list[list[str]]:
    """A row holds only so many boxes, so that the picture fits a screen's width twice or thrice."""
    return [layer[start : start + _ROW] for start in range(0, len(layer), _ROW)]


def _untangled(rows: Sequence[Sequence[str]], edges: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Every row in the order of where its arrows come from."""
    column = {name: place for row in rows for place, name in enumerate(row)}
    into: dict[str, list[int]] = defaultdict(list)
    for name, targets in edges.items():
        for target in targets:
            into[target].append(column.get(name, 0))
    return [sorted(row, key=lambda one: (sum(into[one]) / len(into[one]) if into[one] else 0, one)) for row in rows]


def _boxes(rows: Sequence[Sequence[str]]) -> dict[str, _Box]:
    return {
        name: _Box(x=_MARGIN + place * (_WIDE + _GAP_X), y=2 * _MARGIN + number * (_HIGH + _GAP_Y))
        for number, row in enumerate(rows)
        for place, name in enumerate(row)
    }


def _arrow(start: _Box, end: _Box) -> str:
    """Downwards from below to above; back up, or along a row, around the right side."""
    if end.y > start.y:
        x1, y1, x2, y2 = start.x + _WIDE // 2, start.y + _HIGH, end.x + _WIDE // 2, end.y
        bend = f"C{x1},{y1 + 40} {x2},{y2 - 40} {x2},{y2}"
    else:
        x1, y1, x2, y2 = start.x + _WIDE, start.y + _HIGH // 2, end.x + _WIDE, end.y + _HIGH // 2
        bend = f"C{x1 + 50},{y1} {x2 + 50},{y2} {x2},{y2}"
    return f'<path d="M{x1},{y1} {bend}" fill="none" stroke="#94a3b8" marker-end="url(#to)"/>'


def _drawn(script: Script, name: str, box: _Box) -> str:
    step, words = script.steps[name], _words(script, script.steps[name])
    colour, _ = _COLOURS[_kind(step)]
    stroke = ' stroke-width="3"' if name == script.start else ""
    return (
        f"<g><title>{escape(f'{name}: {words}' if words else name)}</title>"
        f'<rect x="{box.x}" y="{box.y}" width="{_WIDE}" height="{_HIGH}" rx="8" fill="{colour}" '
        f'stroke="#334155"{stroke}/>'
        f'<text x="{box.x + 10}" y="{box.y + 22}" font-weight="bold">{escape(_cut(name, _NAME_LETTERS))}</text>'
        f'<text x="{box.x + 10}" y="{box.y + 44}" fill="#475569">{escape(_cut(words, _WORDS_LETTERS))}</text></g>'
    )


def _legend(script: Script) -> str:
    marks = "".join(
        f'<rect x="{380 + place * 170}" y="10" width="14" height="14" fill="{colour}" stroke="#334155"/>'
        f'<text x="{400 + place * 170}" y="22">{told}</text>'
        for place, (colour, told) in enumerate(_COLOURS.values())
    )
    return f'<text x="{_MARGIN}" y="22" font-size="16" font-weight="bold">{escape(script.title)}</text>{marks}'


def _kind(step: Step) -> str:
    if step.do == "transfer":
        return "person"
    if step.ask or step.fill:
        return "ask"
    return "do" if step.do else "end" if step.end else "say"


def _words(script: Script, step: Step) -> str:
    """What the step says, asks or does."""
    question = script.resolve(step.ask)
    said = [*step.say[:1], *(question.say[:1] if isinstance(question, Question) else ())]
    if step.fill:
        said.append(f"форма: {script.forms[step.fill].title if step.fill in script.forms else step.fill}")
    if step.do:
        said.append(f"действие: {step.do}")
    plain = _VALUE.sub("…", _TAG.sub("", " ".join(said)))
    return " ".join(plain.split())


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
