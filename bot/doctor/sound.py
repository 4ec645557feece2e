"""Hearing and speaking: recogniser, voices, priority, and how many lines the machine carries."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from bot.composition.speech import build_recognizer, build_synthesizer
from bot.doctor.finding import Finding, fail, ok, warn
from bot.settings import Settings
from speech.models import ModelMissing
from speech.port import SpeechError, Voice
from telephony.priority import prefer_sound

DECODES_PER_CORE = 5.0
"""Whisper base, 10 s window, one thread: utterances a second and core (docs/benchmarks.md)."""
VOSK_STREAMS_PER_CORE = 3.0
SECONDS_BETWEEN_UTTERANCES = 6.0


async def check_recognizer(settings: Settings) -> list[Finding]:
    """Recogniser and its model."""
    try:
        recognizer = build_recognizer(settings)
    except ModelMissing as error:
        return [fail("Распознавание", str(error), "Выполните: .venv/bin/python scripts/fetch_models.py")]
    await recognizer.close()
    return [ok("Распознавание", f"{recognizer.capabilities.name}, модель на месте")]


async def check_voices(settings: Settings) -> list[Finding]:
    """Voices."""
    voice = settings.speech.voice
    synthesizer, rhvoice = build_synthesizer()
    findings = []
    try:
        await synthesizer.start()
        try:
            async for _ in rhvoice.stream("Проверка.", Voice(name=voice)):
                break
        except SpeechError:
            remedy = "Выполните: scripts/install_voices.sh; до тех пор говорит espeak-ng."
            findings.append(warn("Голос", f"RHVoice «{voice}» не говорит", remedy))
    except SpeechError:
        findings.append(fail("Голоса", "ни один голос не говорит", "Выполните: scripts/install_voices.sh"))
    finally:
        await synthesizer.close()
    return findings or [ok("Голоса", f"RHVoice «{voice}», запасной espeak-ng")]


async def check_priority(settings: Settings) -> list[Finding]:
    """Real-time priority of the thread that carries sound."""
    with ThreadPoolExecutor(1) as aside:  # a thread of its own: this one stays ordinary
        allowed = await asyncio.get_running_loop().run_in_executor(aside, prefer_sound)
    if allowed:
        return [ok("Приоритет звука", "реального времени: загруженная машина не рвёт речь")]
    remedy = "Docker: cap_add: [SYS_NICE]; systemd: LimitRTPRIO=20. Без этого под нагрузкой речь может прерываться."
    return [warn("Приоритет звука", "система не даёт приоритета реального времени", remedy)]


async def check_capacity(settings: Settings) -> list[Finding]:
    """How many lines this machine carries."""
    cores = os.cpu_count() or 1
    try:
        recognizer = build_recognizer(settings)
    except ModelMissing:
        return []
    await recognizer.close()
    name = recognizer.capabilities.name
    workers = min(settings.speech.workers, cores)
    if recognizer.capabilities.streaming:
        lines = int(workers * VOSK_STREAMS_PER_CORE)
    else:
        # Half load, so that two callers who end together do not wait for each other; two decodes a turn.
        lines = int(workers * DECODES_PER_CORE * SECONDS_BETWEEN_UTTERANCES / 2 * 0.5)
    return [ok("Ёмкость", f"около {lines} разговоров сразу ({name}, процессов {workers}, ядер {cores})")]
