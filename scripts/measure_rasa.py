"""Train Rasa on all phrases, run it, and measure it behind the whole pipeline on the development split.

Usage: measure_rasa.py [--output docs/rasa-result.json] [--record tests/data/rasa_recorded.json]
The figures, with Rasa's own thresholds of policy.yml, go to standard output and to the file. `--record` keeps some of
the service's answers for the unit tests. Takes about four minutes of processor; a trained model is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import secrets
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp

from bot.rasa.environment import find_environment
from bot.rasa.server import RasaServer
from bot.rasa.trainer import train
from bot.settings import cache_folder
from dialogs.nlu.config import policy
from dialogs.nlu.evaluate import Judged, figures
from dialogs.nlu.pipeline import interpret_ranked, prepare
from dialogs.nlu.rasa_client import RasaClient
from dialogs.nlu.rasa_engine import softened
from dialogs.nlu.rasa_training import RASA_VERSION, rasa_training
from dialogs.port import Intent, NluContext, Ranking

DATA = Path(__file__).parents[1] / "tests" / "data"
SPLITS = {"clean": DATA / "nlu_dev.jsonl", "asr": DATA / "nlu_dev_asr.jsonl"}
DANGER = DATA / "nlu_danger.jsonl"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))
UNHURRIED_S = 10.0
RECORDED = ("запишите меня к терапевту на завтра", "нужен больничный лист", "", "   ", "12 45", "hello there")

Line = Mapping[str, Any]
Asked = Mapping[str, Ranking]


def say(message: str) -> None:
    """Progress for a person."""
    print(f"[rasa] {message}", file=sys.stderr, flush=True)


def read(path: Path) -> list[Line]:
    """The labelled lines of a split."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def context(line: Line) -> NluContext:
    return NluContext(state=line["state"], now=NOW)


async def ask_all(client: RasaClient) -> tuple[Asked, list[float]]:
    """The ranking of every text that the pipeline would send, and the milliseconds of each question."""
    lines = [line for path in (*SPLITS.values(), DANGER) for line in read(path)]
    texts = dict.fromkeys(text for line in lines for text in prepare(line["text"], context(line)).to_rank)
    asked, spent = {}, []
    for text in texts:
        began = time.perf_counter()
        asked[text] = softened(await client.parse(text), policy().thresholds["rasa"].temperature)
        spent.append((time.perf_counter() - began) * 1000)
    return asked, sorted(spent)


def judge(path: Path, asked: Asked) -> list[Judged]:
    """What the whole pipeline makes of a split with these rankings."""

    def rank(text: str, state: str) -> Ranking:
        return asked[text]

    return [
        Judged(gold=line, found=interpret_ranked(line["text"], context(line), rank, engine="rasa"))
        for line in read(path)
    ]


def spam(judged: Sequence[Judged]) -> dict[str, float]:
    """How many of the spam lines were found, and how many called so are."""
    called = [one for one in judged if one.intent == Intent.SPAM]
    are = [one for one in judged if one.gold["intent"] == Intent.SPAM]
    right = sum(one.gold["intent"] == Intent.SPAM for one in called)
    return {"spam_precision": right / max(1, len(called)), "spam_recall": right / max(1, len(are))}


def danger(judged: Sequence[Judged]) -> dict[str, float]:
    """Emergencies met with 103 or a question, and 103 said where none is."""
    real = [one for one in judged if one.gold["danger"]]
    alike = [one for one in judged if not one.gold["danger"]]
    met = sum(one.found.emergency or one.found.ask_red_flags for one in real)
    return {
        "dangers": len(real),
        "act_or_ask": met / len(real),
        "look_alikes": len(alike),
        "false_acts": sum(one.found.emergency for one in alike),
    }


def told(asked: Asked) -> dict[str, Any]:
    """All figures, rounded."""
    found: dict[str, Any] = {}
    for name, path in SPLITS.items():
        judged = judge(path, asked)
        found[name] = figures(judged) | spam(judged)
    found["danger"] = danger(judge(DANGER, asked))
    return {
        name: {key: round(value, 3) for key, value in one.items() if key != "slots_micro_f1"}
        for name, one in found.items()
    }


async def recording(url: str, token: str) -> dict[str, Any]:
    """Answers of the service as they came, for tests/fakes/rasa.py."""
    async with aiohttp.ClientSession(base_url=url) as http:

        async def ask(method: str, path: str, key: str = token, **body: Any) -> Any:
            async with http.request(method, path, params={"token": key}, **body) as reply:
                return await reply.json()

        return {
            "version": await ask("GET", "/version"),
            "status": await ask("GET", "/status"),
            "refused": await ask("GET", "/status", key="wrong"),
            "broken": await ask("POST", "/model/parse", data=b"{"),
            "parsed": {text: await ask("POST", "/model/parse", json={"text": text}) for text in RECORDED},
        }


def costs(seconds: float, used: resource.struct_rusage) -> dict[str, int]:
    """What a child of ours took."""
    return {
        "seconds": round(seconds),
        "processor_seconds": round(used.ru_utime + used.ru_stime),
        "peak_megabytes": round(used.ru_maxrss / 1024),
    }


@asynccontextmanager
async def running(server: RasaServer) -> AsyncIterator[float]:
    """Yield the seconds of its start."""
    try:
        yield await server.start(say)
    finally:
        await server.stop()


async def measure() -> tuple[dict[str, Any], dict[str, Any]]:
    """Train, run, ask; return the figures, and some answers as they came."""
    environment, training = find_environment(cache_folder()), rasa_training()
    kept, began = (environment.models / training.model).is_file(), time.monotonic()
    model = await train(environment, training, say)
    trained, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    token = secrets.token_hex(24)
    client = RasaClient(url, token, timeout_s=UNHURRIED_S)
    server = RasaServer(environment, model, url=url, token=token, log=environment.models / "measured.log")
    async with running(server) as ready:
        recorded = await recording(url, token)
        asked, spent = await ask_all(client)
        await client.close()
    result = {
        "rasa": RASA_VERSION,
        "model": training.model,
        "phrases": sum(training.phrases.values()),
        "epochs": training.epochs,
        "training": None if kept else costs(trained, used),
        "ready_seconds": round(ready),
        "model_megabytes": round(model.stat().st_size / 2**20, 1),
        "parse_ms": {"p50": round(statistics.median(spent)), "p95": round(spent[int(0.95 * (len(spent) - 1))])},
        "thresholds": policy().thresholds["rasa"].model_dump(),
        **told(asked),
    }
    return result, recorded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--record", type=Path)
    given = parser.parse_args()
    result, recorded = asyncio.run(measure())
    for value, file in ((result, given.output), (recorded, given.record)):
        if file is not None:
            file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
