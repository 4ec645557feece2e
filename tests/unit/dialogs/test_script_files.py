"""A script as texts by path: what is saved is what was read, and nothing but what was given is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogs.script import NAMES, ScriptError, files_of, load_files, load_script


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_script_read_from_its_files_is_the_same(name: str) -> None:
    files = files_of(name)
    assert f"{name}.yml" in files
    assert "shared/common.yml" in files
    assert load_files(files, name).model_dump() == load_script(name).model_dump()


def test_a_fault_is_told_by_the_path_among_the_files() -> None:
    files = files_of("inbound")
    files["shared/info.yml"] = "steps: {broken: [1\n"
    with pytest.raises(ScriptError, match=r"shared/info\.yml:\d+: файл: это не YAML"):
        load_files(files, "inbound")


@pytest.mark.parametrize("include", ["../secret", "/etc/secret", "shared/../../secret"])
def test_a_script_in_the_database_reads_no_disk(tmp_path: Path, include: str) -> None:
    (tmp_path / "secret.yml").write_text("id: secret", encoding="utf-8")
    with pytest.raises(ScriptError, match="файл не найден"):
        load_files({"inbound.yml": f"include: ['{include}']\n"}, "inbound")


def test_what_lies_outside_the_scripts_folder_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("keys: {}\n", encoding="utf-8")
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "inbound.yml").write_text("include: [../other]\n", encoding="utf-8")
    with pytest.raises(ScriptError, match="вне папки"):
        files_of(folder / "inbound.yml")


def test_a_draft_that_is_no_script_yet_is_taken_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "inbound.yml").write_text("steps: {hello: [1\n", encoding="utf-8")
    assert files_of(tmp_path / "inbound.yml") == {"inbound.yml": "steps: {hello: [1\n"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("include: shared/common\n", "нужен список файлов"),
        ("steps: 5\n", "нужен набор полей"),
        ("routes: {a: 1}\n", "нужен список правил"),
    ],
)
def test_a_section_of_the_wrong_shape_is_named(text: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        load_files({"inbound.yml": text}, "inbound")
