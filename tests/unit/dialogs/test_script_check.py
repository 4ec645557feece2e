"""Every fault of a script is found, with its place and a Russian message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dialogs.script import ScriptError, check_script, load_script
from dialogs.script.load import SHIPPED
from tests.unit.dialogs.small_script import small

NEXT = "steps/hello/next"
SAYS_YES = "heard.normalized is saying(['ага', 'угу'])"


def found(**changes: Any) -> str:
    return "\n".join(str(problem) for problem in check_script(small(**changes)))


def test_the_small_script_is_sound() -> None:
    assert found() == ""


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yml")))
def test_shipped_scripts_are_sound(name: str) -> None:
    assert check_script(load_script(name)) == []


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"steps/bye/end": None}, "steps.bye", "тупик"),
        ({NEXT: "nowhere"}, "steps.hello", "«nowhere», которого нет"),
        ({"start": "nowhere"}, "start", "«nowhere», которого нет"),
        ({"steps/lost": {"say": "Ау.", "end": True}}, "steps.lost", "нельзя дойти"),
        ({"steps/hello/say": "Это робот {{ clinik }}"}, "steps.hello", "неизвестная переменная «clinik»"),
        ({"steps/find/args": {"specialty": "{{ heard.slots.specalty }}"}}, "steps.find", "heard.slots.specalty"),
        ({"steps/find/rules/0/when": "found.cuont == 0"}, "steps.find", "неизвестная переменная «found.cuont»"),
        ({"steps/find/rules/0/when": "found.count = 0"}, "steps.find", "не читается"),
        ({"steps/hello/say": "Это робот {{ clinic | daay }}"}, "steps.hello", "не читается"),
        ({"steps/find/do": "fly"}, "steps.find", "действия «fly» нет"),
        ({"steps/find/args": {"speciality": "x"}}, "steps.find", "нет параметра «speciality»"),
        ({"steps/person.do/args": {}}, "steps.person.do", "нужен параметр «reason»"),
        ({"steps/person.do/rules/0/error": "lost"}, "steps.person.do", "не отказывает так: «lost»"),
        ({"steps/ask/ask/rephrase": None}, "steps.ask", "нет rephrase"),
        ({"forms/who/fields/birth_date/menu": None}, "forms.who.birth_date", "нет menu"),
        ({"forms/who/fields/phone": "no_such"}, "forms.who.phone", "состояния «»"),
        ({"steps/ask/ask/state": "ask_sky"}, "steps.ask", "состояния «ask_sky» нет"),
        ({"steps/ask/ask/ignore": "nothing"}, "steps.ask", "правила «nothing» нет"),
        ({"steps/ask/ask/take": ["color"]}, "steps.ask", "значения «color» нет"),
        ({"steps/ask/ask/keys": {"1": "fly"}}, "steps.ask", "такого намерения нет"),
        ({"steps/ask/ask/rules/0/intent": "fly"}, "steps.ask", "намерения «fly» нет"),
        ({"steps/done/record/outcome": "flown"}, "steps.done", "итога «flown» нет"),
        ({"steps/done/say": "а" * 400}, "steps.done", "реплика длинная"),
        (
            {"steps/done/do": "callback", "steps/done/args": {"reason": "x"}, "steps/done/call": "price"},
            "steps.done",
            "несколько дел",
        ),
        ({"interrupts/1/next": "bye"}, "interrupts", "нет пути к человеку"),
        ({"interrupts/0/next": "bye"}, "interrupts", "угрозы жизни"),
        ({"ladders/misunderstanding/then": "bye"}, "ladders.misunderstanding", "нет пути к человеку"),
        ({"ladders/silence/then": "bye"}, "ladders.silence", "нет пути к человеку"),
        (
            {"steps/price/back": None, "steps/price/next": "price2", "steps/price2": {"call": "bye", "next": "price"}},
            "steps.price2",
            "нет возврата",
        ),
        ({"steps/done/next": "failed2", "steps/failed2": {"next": "done"}}, "steps.done", "бесконечный круг"),
        ({"steps/hello/must_hear": False}, "steps.hello", "первая реплика"),
        ({"steps/ask/ask": "no_question"}, "steps.ask", "вопроса «no_question» нет"),
        ({"steps/who/fill": "no_form"}, "steps.who", "формы «no_form» нет"),
        ({"steps/ask/ask/menu": None}, "steps.ask", "а menu нет"),
        ({"steps/ask/ask/keys": {"0": "affirm"}}, "steps.ask", "клавиша 0 здесь «affirm», а везде «operator»"),
        ({"forms/who/fields/person_name/say": "а" * 220}, "forms.who.person_name", "нет short"),
        ({"texts/broken": None}, "texts.broken", "нет реплики"),
        (
            {"steps/ask/ask/rules": [{"when": SAYS_YES, "next": "find"}, {"when": SAYS_YES, "next": "bye"}]},
            "steps.ask",
            "фраза «ага» ведёт в два места, «find» и «bye»",
        ),
        ({"direction": "outbound", "purpose": "advertising"}, "purpose", "реклама без согласия"),
        ({"direction": "outbound", "steps/done/say": "У нас скидка."}, "steps.done", "похоже на рекламу"),
    ],
)
def test_each_fault_is_named(changes: dict[str, Any], place: str, message: str) -> None:
    lines = [line for line in found(**changes).splitlines() if place in line]
    assert any(message in line for line in lines), found(**changes)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path) -> str:
    with pytest.raises(ScriptError) as failure:
        load_script(path)
    return str(failure.value)


def test_broken_yaml_names_file_and_line(tmp_path: Path) -> None:
    text = problems_of(write(tmp_path, "broken.yml", "id: x\nsteps: {a: [1\n"))
    assert "broken.yml:" in text
    assert "это не YAML" in text


def test_unknown_and_missing_fields_name_line_and_place(tmp_path: Path) -> None:
    text = problems_of(write(tmp_path, "odd.yml", "id: x\ntitle: y\nsteps:\n  hello:\n    sayy: Привет\n"))
    assert "odd.yml:4: steps.hello.sayy: такого поля нет" in text
    assert "ladders: поле обязательно" in text


def test_a_missing_include_is_named(tmp_path: Path) -> None:
    assert "файл не найден" in problems_of(write(tmp_path, "odd.yml", "include: [nothing]\nid: x\n"))


def test_a_step_twice_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, "one.yml", "steps:\n  hello: {say: Раз, end: true}\n")
    text = problems_of(write(tmp_path, "two.yml", "include: [one]\nsteps:\n  hello: {say: Два, end: true}\n"))
    assert "two.yml:3" in text
    assert "one.yml:2" in text


def test_a_problem_of_a_file_carries_its_line(tmp_path: Path) -> None:
    shipped = (SHIPPED / "reminder.yml").read_text(encoding="utf-8")
    shared = [str(SHIPPED / "shared" / name) for name in re.findall(r"shared/(\w+)", shipped)]
    include = f"include: [{', '.join(shared)}]"
    broken = shipped.replace("{{ visit.patient | instrumental }}", "{{ visitor.patient }}", 1)
    lines = [include if line.startswith("include:") else line for line in broken.splitlines()]
    (problem,) = check_script(load_script(write(tmp_path, "reminder.yml", "\n".join(lines))))
    assert problem.file.endswith("reminder.yml")
    assert problem.line == next(number for number, line in enumerate(lines, 1) if line.startswith("  identity:"))
    assert "«visitor»" in problem.message


def test_an_advert_with_consent_and_an_advert_for_who_phones_in_are_no_problem() -> None:
    agreed = {"direction": "outbound", "purpose": "advertising", "consent": "advertising"}
    assert found(**agreed, **{"steps/done/say": "У нас скидка."}) == ""
    assert found(**{"steps/done/say": "У нас скидка."}) == ""


def test_the_same_words_under_other_intents_or_conditions_are_two_rules() -> None:
    rules = [
        {"intent": "affirm", "when": SAYS_YES, "next": "find"},
        {"intent": "deny", "when": SAYS_YES, "next": "bye"},
        {"when": f"{SAYS_YES} and misses", "next": "find"},
        {"when": SAYS_YES, "next": "bye"},
    ]
    assert found(**{"steps/ask/ask/rules": rules}) == ""
