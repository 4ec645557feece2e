"""`registratura rasa`: what is missing is named, with what to do; no secret is shown."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.commands.support import readable
from bot.nlu_settings import NluSettings
from bot.settings import SettingsError, load_settings
from tests.fakes.rasa import TOKEN

PLACE = {"REGISTRATURA__NLU__RASA_TOKEN": TOKEN, "REGISTRATURA__NLU__RASA_URL": "http://127.0.0.1:9"}


def run(folder: Path, *arguments: str, **environment: str) -> Result:
    """The command with an empty cache and data of its own."""
    places = {"REGISTRATURA_CACHE": str(folder), "REGISTRATURA__DATA": str(folder / "data")}
    return CliRunner().invoke(cli, ["rasa", *arguments], env={**places, **PLACE, **environment})


def fault(ran: Result) -> str:
    """What the person at the terminal reads."""
    assert isinstance(ran.exception, Exception)
    told = readable(ran.exception)
    assert told is not None, ran.exception
    assert TOKEN not in told
    return told


def built(folder: Path) -> Path:
    """An environment that looks built."""
    root = folder / "rasa-env-3.6.21-r1-test"
    root.mkdir()
    (root / "rasa-version").write_text("Rasa 3.6.21\n", encoding="utf-8")
    return root


@pytest.mark.parametrize("arguments", [("train",), ("run",), ("run", "--train")], ids=" ".join)
def test_before_it_is_built_the_script_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert "scripts/build_rasa.sh" in fault(run(tmp_path, *arguments))


def test_a_model_that_is_not_trained(tmp_path: Path) -> None:
    built(tmp_path)
    assert "registratura rasa train" in fault(run(tmp_path, "run"))


def test_the_service_is_never_opened_to_the_network(tmp_path: Path) -> None:
    built(tmp_path)
    told = fault(run(tmp_path, "run", REGISTRATURA__NLU__RASA_URL="http://192.168.0.5:5005"))
    assert "на петле" in told
    assert "nlu.rasa_url" in told


def test_the_service_is_never_started_without_a_secret(tmp_path: Path) -> None:
    built(tmp_path)
    assert "nlu.rasa_token" in fault(run(tmp_path, "run", REGISTRATURA__NLU__RASA_TOKEN=""))


@pytest.mark.parametrize(
    "arguments", [("chat", "--engine", "rasa"), ("nlu", "parse", "--engine", "rasa")], ids=lambda words: words[0]
)
def test_whoever_wants_rasa_is_not_answered_by_another_engine(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    places = {"REGISTRATURA_CACHE": str(tmp_path), "REGISTRATURA__DATA": str(tmp_path / "data")}
    ran = CliRunner().invoke(cli, list(arguments), env={**places, **PLACE}, input="")
    assert "scripts/build_rasa.sh" in fault(ran)
    assert ran.output == ""


def test_a_training_that_fails_shows_its_last_words_and_leaves_no_model(tmp_path: Path) -> None:
    program = built(tmp_path) / "run"
    program.write_text("#!/bin/sh\nls\nenv\necho 'No space left on device'\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    told = fault(run(tmp_path, "train", "--per-intent", "2"))
    assert "No space left on device" in told
    assert "код 3" in told
    assert not list((tmp_path / "rasa-models").glob("*.tar.gz"))
    written = (tmp_path / "rasa-models" / "last-failure.log").read_text(encoding="utf-8")
    assert {"config.yml", "domain.yml", "nlu.yml"} <= set(written.split())
    assert "PATH=" in written
    assert TOKEN not in written, "our settings are none of Rasa's"


def test_a_trained_model_is_kept_and_taken_again(tmp_path: Path) -> None:
    program = built(tmp_path) / "run"
    made = 'mkdir -p made; while [ $# -gt 1 ]; do shift; done; echo model > "made/$1.tar.gz"; echo "Epochs:  50%|"'
    program.write_text(f"#!/bin/sh\n{made}\n", encoding="utf-8")
    program.chmod(0o755)
    first = run(tmp_path, "train", "--per-intent", "2")
    assert first.exit_code == 0, first.output
    assert "обучение: 50 %" in first.output
    program.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    again = run(tmp_path, "train", "--per-intent", "2")
    assert "модель есть" in again.output
    assert first.stdout.splitlines()[-1] == again.stdout.splitlines()[-1]
    assert "код 3" in fault(run(tmp_path, "train", "--per-intent", "3")), "other phrases are another model"


async def test_two_who_want_one_model_make_it_once(tmp_path: Path) -> None:
    from bot.rasa.environment import find_environment
    from bot.rasa.trainer import train
    from dialogs.nlu.rasa_training import rasa_training

    program = built(tmp_path) / "run"
    counted = f"echo once >> {tmp_path}/runs; until [ -e {tmp_path}/go ]; do sleep 0.05; done"
    made = 'mkdir -p made; while [ $# -gt 1 ]; do shift; done; echo model > "made/$1.tar.gz"'
    program.write_text(f"#!/bin/sh\n{counted}\n{made}\n", encoding="utf-8")
    program.chmod(0o755)
    told: list[str] = []
    training = rasa_training(per_intent=2)

    def say(message: str) -> None:
        told.append(message)
        if "жду" in message:
            (tmp_path / "go").touch()

    first, second = await asyncio.gather(*(train(find_environment(tmp_path), training, say) for _ in range(2)))
    assert first == second
    assert (tmp_path / "runs").read_text(encoding="utf-8").split() == ["once"]
    assert any("модель есть" in message for message in told)


def test_status_says_what_to_do_and_fails(tmp_path: Path) -> None:
    ran = run(tmp_path, "status", "--json")
    state = json.loads(ran.stdout)
    assert ran.exit_code == 1
    assert state["grade"] == "fail"
    assert "встроенный движок" in state["told"]
    assert "scripts/build_rasa.sh" in state["remedy"]
    built(tmp_path)
    assert "registratura rasa run --train" in run(tmp_path, "status").output


def test_a_service_that_dies_at_once_shows_its_last_words(tmp_path: Path, unused_tcp_port: int) -> None:
    from bot.rasa.environment import RasaError, find_environment
    from bot.rasa.server import RasaServer

    program = built(tmp_path) / "run"
    program.write_text('#!/bin/sh\necho "no model at $*"\nexit 1\n', encoding="utf-8")
    program.chmod(0o755)

    async def start() -> None:
        url = f"http://127.0.0.1:{unused_tcp_port}"
        environment = find_environment(tmp_path)
        server = RasaServer(environment, tmp_path / "m.tar.gz", url=url, token=TOKEN, log=tmp_path / "rasa.log")
        try:
            await server.start(lambda _: None)
        finally:
            await server.stop()

    with pytest.raises(RasaError, match="no model at") as raised:
        asyncio.run(start())
    assert TOKEN not in str(raised.value), "the secret is not among the arguments"


class TestSettings:
    def test_the_engine_of_a_clinic_needs_the_secret(self, tmp_path: Path) -> None:
        file = tmp_path / "registratura.toml"
        file.write_text('[nlu]\nengine = "rasa"\n', encoding="utf-8")
        with pytest.raises(SettingsError, match="rasa_token"):
            load_settings(file)

    def test_a_bad_secret_is_not_shown(self, tmp_path: Path) -> None:
        file = tmp_path / "registratura.toml"
        file.write_text('[nlu]\nrasa_token = "короткий"\n', encoding="utf-8")
        with pytest.raises(SettingsError, match=r"nlu\.rasa_token") as raised:
            load_settings(file)
        assert "короткий" not in str(raised.value)

    def test_the_defaults_are_those_of_the_docs(self) -> None:
        settings = NluSettings()
        assert (settings.engine, settings.rasa_timeout_ms) == ("embedded", 300)
        assert (settings.rasa_failures, settings.rasa_retry_s) == (3, 10)
