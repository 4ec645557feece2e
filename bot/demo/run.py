"""Runs a demo: prints transcripts as they happen, a closing card, and the JSON line that scripts read."""

from __future__ import annotations

import asyncio
import gc
import logging
import statistics
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from bot.composition.speech import SpeechParts
from bot.demo.cast import SPECIALTIES, Cast, Times, draw
from bot.demo.listen import bot_side
from bot.demo.scenes import SceneResult, Scenes
from bot.demo.stage import Say, Stage, open_stage
from bot.demo.watch import CallWatch, WatchedCall
from bot.domain.call import Speaker
from bot.domain.clinic import OpeningQuery, Patient
from bot.domain.events import CallEnded, CallStarted, LiveEvent, TurnTaken
from bot.settings import Settings

log = logging.getLogger(__name__)

OUTCOMES = {
    "booked": "записан",
    "transferred": "соединён с человеком",
    "home_visit_created": "врач вызван на дом",
    "ended_by_caller": "положил трубку",
    "rescheduled": "приём перенесён",
    "confirmed": "приём подтверждён",
    "cancelled": "приём отменён",
    "emergency": "скорая и человек",
    "ended_no_input": "молчание",
    "invitation_refused": "отказ с причиной",
    "invitation_postponed": "перезвонить позже",
    "wrong_person_handled": "ответил не тот, кому звонили",
    "no_slot_handled": "времени нет",
    "offer_declined": "это время не подошло",
    "offer_later": "не сейчас",
    "sick_leave_request": "заявка по больничному",
    "info_given": "справка дана",
    "spam_ended": "не пациент, разговор закончен",
    "not_found_handled": "не нашлось",
}


async def run_demo(
    settings: Settings,
    speech: SpeechParts,
    *,
    clinic: Path,
    seed: int,
    simulated: bool,
    say: Say,
    stay: Callable[[Stage], Any] | None,
    listen: bool = False,
) -> dict[str, Any]:
    """Play the five scenes and return the summary; with `stay` the service is left up until that returns.

    With `listen` the recordings are recognised afterwards and compared with the prompts.
    """
    watch = CallWatch(printer(say))
    async with open_stage(settings, speech, clinic=clinic, simulated=simulated, say=say, watch=watch) as stage:
        say(f"Страница: {stage.page}")
        cast, _ = await asyncio.gather(draw_cast(stage, seed, hurry=stay is None), stage.can_talk())
        scenes = Scenes(stage, cast)
        gc.freeze()  # what is collected when the bot is ready shall not be heard in the greetings
        # the bot greets while its understanding still loads
        results, _ = await asyncio.gather(
            _all_at_once(scenes) if stay is None else _one_by_one(scenes, say), stage.ready()
        )
        summary = await _summary(stage, seed, results)
        if listen:
            say("Слушаю записи…")
            recorded = await stage.service.state.journal.last_calls(50)
            summary["bot_side"] = await bot_side(recorded, stage.service.speech.recognizer)
        card(summary, results, say)
        if stay is not None:
            await stay(stage)
        return summary


async def draw_cast(stage: Stage, seed: int, *, hurry: bool = False) -> Cast:
    """A cast from the clinic that is loaded: people with phones of their own, doctors with openings on both days."""
    directory = await stage.service.core.clinic.directory()
    today = stage.service.core.clock.now().date()
    times = await _times(stage, today)
    return draw(seed, directory, await _alone(stage), times, today, hurry=hurry)


async def _times(stage: Stage, today: date) -> dict[str, Times]:
    """Tomorrow's free times by specialty, each with those to which all its doctors could move a visit the day after."""
    tomorrow, after = [await _free(stage, today + timedelta(days=days)) for days in (1, 2)]
    found: dict[str, dict[time, list[time]]] = defaultdict(dict)
    for specialty, by_doctor in tomorrow.items():
        for at in set().union(*by_doctor.values()):
            moves = [after[specialty][doctor] for doctor, hours in by_doctor.items() if at in hours]
            if common := set.intersection(*moves):
                found[specialty][at] = sorted(common)
    return dict(found)


async def _free(stage: Stage, day: date) -> dict[str, dict[str, set[time]]]:
    """The free hours of a day by specialty and doctor."""
    found: dict[str, dict[str, set[time]]] = defaultdict(lambda: defaultdict(set))
    for specialty in SPECIALTIES:
        query = OpeningQuery(specialty=specialty, date_from=day, date_to=day, limit=5000)
        for opening in await stage.service.core.clinic.openings(query):
            if opening.doctor is not None:
                hour = opening.starts_at.astimezone(stage.service.core.settings.zone).time()
                found[opening.doctor.specialty][opening.doctor.id].add(hour)
    return found


async def _alone(stage: Stage) -> list[Patient]:
    """Patients who may be phoned, share their phone with nobody and have no visit to come, by phone."""
    clinic = stage.service.core.clinic
    found: list[Patient] = []
    for tail in range(1200, 1230):
        phone = f"+7999000{tail}"
        people = () if await clinic.is_do_not_call(phone) else await clinic.patients_by_phone(phone)
        if len(people) == 1 and not await clinic.visits_of([people[0].id]):
            found.append(people[0])
    return found


SCENES = (
    ("Пациент записывается", Scenes.book),
    ("Пациент просит человека", Scenes.ask_person),
    ("Пациент вызывает врача на дом", Scenes.call_home),
    ("Пациент бросает трубку на полуслове", Scenes.hang_up),
    ("Робот напоминает о приёме, пациент переносит", Scenes.remind),
)


async def _one_by_one(scenes: Scenes, say: Say) -> list[SceneResult]:
    """To be watched: each call after the one before."""
    results = []
    for title, scene in SCENES:
        say(f"\n── {title} ──")
        results.append(await _scene(title, scene(scenes)))
    return results


async def _all_at_once(scenes: Scenes) -> list[SceneResult]:
    """Quickly: everybody phones at the same time; the reminder follows its visit."""
    (book_title, book), *others, (remind_title, remind) = SCENES

    async def book_and_remind() -> tuple[SceneResult, SceneResult]:
        return await _scene(book_title, book(scenes)), await _scene(remind_title, remind(scenes))

    first = asyncio.create_task(book_and_remind())
    rest = await asyncio.gather(*(_scene(title, scene(scenes)) for title, scene in others))
    booked, reminded = await first
    return [booked, *rest, reminded]


async def _scene(title: str, scene: Awaitable[SceneResult]) -> SceneResult:
    """A scene that breaks is a scene that went wrong; the others go on."""
    try:
        async with asyncio.timeout(300):
            return await scene
    except Exception as error:
        log.exception("A scene of the demo broke")
        return SceneResult(title=title, call_id="", right=False, outcome={}, remark=f"сцена сорвалась: {error!r}")


def printer(say: Say) -> Callable[[WatchedCall, LiveEvent], None]:
    """Print turns as they come, each once: the bot's turn comes again with its timings."""
    seen: set[tuple[str, int]] = set()

    def show(call: WatchedCall, event: LiveEvent) -> None:
        if isinstance(event, CallStarted):
            say(f"{'☎ ←' if event.direction == 'inbound' else '☎ →'} {event.caller}")
        elif isinstance(event, TurnTaken) and (call.call_id, event.number) not in seen:
            seen.add((call.call_id, event.number))
            who = {Speaker.BOT: "робот", Speaker.CALLER: "пациент", Speaker.REGISTRAR: "линия"}[event.speaker]
            meant = f"   [{event.intent} {event.confidence:.2f}]" if event.intent and event.confidence else ""
            say(f" {call.caller_tail} {who + ':':<9}{event.text}{meant}")
        elif isinstance(event, CallEnded):
            name = str(event.outcome.get("outcome", ""))
            say(f" {call.caller_tail} итог: {OUTCOMES.get(name, name)}")

    return show


async def _summary(stage: Stage, seed: int, results: list[SceneResult]) -> dict[str, Any]:
    health = await stage.service.line.health()
    calls = await stage.service.state.journal.last_calls(50)
    pauses = [turn.timings["pause"] for call in calls for turn in call.turns if "pause" in turn.timings]
    return {
        "line": stage.line_name,
        "seed": seed,
        "calls": len(calls),
        "scenes": [
            {
                "title": result.title,
                "right": result.right,
                "outcome": result.outcome.get("outcome"),
                "remark": result.remark,
                "call": result.call_id,
            }
            for result in results
        ],
        "right": all(result.right for result in results),
        "wrong_commits": sum(result.wrong_commit for result in results),
        "unfinished_calls": sum(call.outcome is None for call in calls),
        "median_pause_ms": round(statistics.median(pauses)) if pauses else None,
        "channels_left": health.channels,
        "bridges_left": health.bridges,
        "recordings": [call.recording for call in calls if call.recording],
    }


def card(summary: dict[str, Any], results: list[SceneResult], say: Say) -> None:
    """The closing card."""
    say("\n══ Итоги ══")
    say(f"Линия: {summary['line']}, звонков: {summary['calls']}, зерно: {summary['seed']}")
    for result in results:
        mark = "✓" if result.right else "✗"
        name = str(result.outcome.get("outcome", "—"))
        written = " ".join(str(result.outcome[key]) for key in ("doctor", "at", "address") if key in result.outcome)
        say(f" {mark} {result.title}: {OUTCOMES.get(name, name)} {written} {result.remark}".rstrip())
    if summary["median_pause_ms"] is not None:
        say(f"Пауза робота, медиана: {summary['median_pause_ms'] / 1000:.2f} с".replace(".", ","))
    if "bot_side" in summary:
        say(f"Речь робота в записях, ошибок в словах: {summary['bot_side']['wer']}")
    say(f"Ошибочных записей: {summary['wrong_commits']}, осталось каналов: {summary['channels_left']}")
