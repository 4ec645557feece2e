"""The picture of a script: every step and every way, in a form that a browser shows."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from dialogs.script import NAMES, load_script
from dialogs.script.graph import edges_of
from dialogs.script.picture import as_mermaid, as_svg
from tests.unit.dialogs.small_script import small

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", NAMES)
def test_every_step_and_every_way_is_drawn(name: str) -> None:
    script = load_script(name)
    drawing = ElementTree.fromstring(as_svg(script))
    named = [title.text.partition(":")[0] for title in drawing.findall(f"{SVG}g/{SVG}title") if title.text]
    assert sorted(named) == sorted(script.steps)
    assert len(drawing.findall(f"{SVG}path")) == sum(len(targets) for targets in edges_of(script).values())


def test_no_two_steps_lie_on_each_other() -> None:
    drawing = ElementTree.fromstring(as_svg(load_script("inbound")))
    places = [(box.get("x"), box.get("y")) for box in drawing.findall(f"{SVG}g/{SVG}rect")]
    assert len(places) == len(set(places))


def test_the_picture_shows_what_is_said_and_markup_in_it_is_text() -> None:
    drawing = ElementTree.fromstring(as_svg(small(**{"steps/done/say": "Записала <b>вас</b> & всё."})))
    assert "Записала <b>вас</b> & всё." in [text.text for text in drawing.findall(f"{SVG}g/{SVG}text")]


def test_mermaid_names_every_step_and_way() -> None:
    script = small()
    lines = as_mermaid(script).splitlines()
    assert lines[0] == "flowchart TD"
    assert sum("-->" in line for line in lines) == sum(len(targets) for targets in edges_of(script).values())
    assert any('"hello<br/>' in line for line in lines)
    assert any(":::person" in line for line in lines)
