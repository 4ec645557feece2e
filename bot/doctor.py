"""Checks everything that a clinic's engineer can get wrong, and says how to mend it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import aiohttp

from bot.composition.foreign_check import foreign_states
from bot.composition.line import running_sandbox
from bot.composition.outside import link_faults
from bot.composition.speech import build_recognizer, build_synthesizer
from bot.settings import Settings
from bot.storage import migrate
from bot.storage.engine import create_engine_for
from speech.models import ModelMissing
from speech.port import SpeechError, Voice
from telephony.asterisk.ari import authorization
from telephony.priority import prefer_sound

Grade = Literal["ok", "warn", "fail"]

NEEDED_CODECS = ("codec_alaw.so", "chan_rtp.so", "res_rtp_multicast.so", "chan_bridge_media.so", "app_mixmonitor.so")
DECODES_PER_CORE = 5.0
"""Whisper base, 10 s window, one thread: utterances a second and core (docs/benchmarks.md)."""
VOSK_STREAMS_PER_CORE = 3.0
SECONDS_BETWEEN_UTTERANCES = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report: what was looked at, the grade, what was seen and how to mend it."""

    name: str
    grade: Grade
    text: str
    remedy: str = ""


def ok(name: str, text: str) -> Finding:
    return Finding(name=name, grade="ok", text=text)


def fail(name: str, text: str, remedy: str) -> Finding:
    return Finding(name=name, grade="fail", text=text, remedy=remedy)


def warn(name: str, text: str, remedy: str) -> Finding:
    return Finding(name=name, grade="warn", text=text, remedy=remedy)


async def examine(settings: Settings) -> list[Finding]:
    """Run every check; one that breaks is a finding, not an exception."""
    checks: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (
        check_disk,
        check_database,
        check_redis,
        check_asterisk,
        check_ports,
        check_recognizer,
        check_voices,
        check_priority,
        check_registrars,
        check_other_systems,
        check_links,
        check_capacity,
    )
    findings: list[Finding] = []
    for check in checks:
        try:
            async with asyncio.timeout(20):
                findings += await check(settings)
        except Exception as error:  # a check must never hide the others
            name = (check.__doc__ or check.__name__).split(".")[0]
            findings.append(fail(name, f"проверка не удалась: {error!r}", "Пришлите этот отчёт разработчикам."))
    return findings


async def check_disk(settings: Settings) -> list[Finding]:
    """Disk."""
    folder = settings.data
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        return [fail("Папка данных", f"в {folder} нельзя писать", f"Выполните: chown $USER {folder}")]
    free = shutil.disk_usage(folder).free / 2**30
    text = f"{folder}, свободно {free:.0f} ГБ (час разговоров занимает около 0,12 ГБ)"
    if free < 2:
        return [fail("Диск", text, "Освободите хотя бы 10 ГБ: записи разговоров остановятся.")]
    return [ok("Диск", text) if free >= 10 else warn("Диск", text, "Освободите место: записи займут его.")]


async def check_database(settings: Settings) -> list[Finding]:
    """Database reachable and migrated."""
    engine = create_engine_for(settings.database_url)
    try:
        current = await migrate.current_revision(settings.database_url)
    except Exception as error:
        return [
            fail("База данных", f"не отвечает: {type(error).__name__}", "Проверьте database.url и что сервер запущен.")
        ]
    finally:
        await engine.dispose()
    head = migrate.head_revision()
    if current == head:
        return [ok("База данных", f"{engine.dialect.name}, схема {head}")]
    return [warn("База данных", f"схема {current or 'пуста'}, нужна {head}", "Выполните: registratura db upgrade")]


async def check_redis(settings: Settings) -> list[Finding]:
    """Redis."""
    if not settings.redis.url:
        return [ok("Redis", "встроенный Valkey, служба запустит его сама")]
    from redis.asyncio import Redis

    client: Any = Redis.from_url(settings.redis.url, socket_connect_timeout=3)
    try:
        version = (await client.info("server")).get("redis_version", "?")
    except Exception as error:
        return [
            fail(
                "Redis",
                f"не отвечает: {type(error).__name__}",
                "Проверьте redis.url; пустая строка включает встроенный.",
            )
        ]
    finally:
        await client.aclose()
    return [ok("Redis", f"версия {version}")]


async def check_asterisk(settings: Settings) -> list[Finding]:
    """Asterisk and ARI: reachable, allowed, new enough, modules loaded, clock in step."""
    asterisk = settings.asterisk
    url, user, password = asterisk.ari_url, asterisk.ari_user, asterisk.ari_password
    if not url:
        sandbox = running_sandbox(settings)
        if sandbox is None:
            remedy = "Впишите asterisk.ari_url или запустите пробный: registratura sandbox start"
            return [fail("Asterisk", "адрес не задан, и песочница не запущена", remedy)]
        url, user, password = sandbox.ari_url, sandbox.ari_user, sandbox.ari_password
    name = "Asterisk"
    try:
        async with aiohttp.ClientSession(
            headers=authorization(user, password), timeout=aiohttp.ClientTimeout(total=5)
        ) as http:
            async with http.get(f"{url}/asterisk/info") as reply:
                if reply.status == 401:
                    remedy = "Проверьте asterisk.ari_user и ari_password и файл ari.conf."
                    return [fail(name, "ARI отвечает, но не пускает (401)", remedy)]
                reply.raise_for_status()
                version = (await reply.json())["system"]["version"]
                served_at = reply.headers.get("Date")
            async with http.get(f"{url}/asterisk/modules") as reply:
                modules = {module["name"] for module in await reply.json() if module["status"] == "Running"}
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        remedy = "Запустите Asterisk (проба: registratura sandbox start) и проверьте asterisk.ari_url и http.conf."
        return [fail(name, f"по адресу {url} не отвечает: {type(error).__name__}", remedy)]
    return [_version(version, asterisk.minimum_version), _modules(modules), *_clock_step(served_at)]


def _version(version: str, minimum: int) -> Finding:
    major = int("".join(part for part in version.split(".")[0] if part.isdigit()) or 0)
    if major < minimum:
        return fail(
            "Asterisk", f"версия {version}", f"Нужна {minimum} или новее (лучше 22): scripts/build_asterisk.sh."
        )
    return ok("Asterisk", f"версия {version}, ARI отвечает")


def _modules(modules: set[str]) -> Finding:
    missing = [name for name in NEEDED_CODECS if name not in modules]
    if missing:
        return fail(
            "Модули Asterisk",
            f"не загружены: {', '.join(missing)}",
            "Добавьте их в modules.conf (образец: registratura asterisk-config).",
        )
    return ok("Модули Asterisk", "кодек A-law, RTP и запись на месте")


def _clock_step(served_at: str | None) -> list[Finding]:
    if served_at is None:
        return []
    drift = abs((parsedate_to_datetime(served_at) - datetime.now(UTC)).total_seconds())
    if drift > 2:
        return [
            fail(
                "Часы",
                f"расходятся с Asterisk на {drift:.0f} с",
                "Включите синхронизацию времени (chrony или systemd-timesyncd).",
            )
        ]
    return [ok("Часы", "идут в шаг с Asterisk")]


async def check_ports(settings: Settings) -> list[Finding]:
    """Ports."""
    findings = []
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.page.host, settings.page.port))
        except OSError:
            text = f"порт страницы {settings.page.host}:{settings.page.port} занят"
            findings.append(warn("Порты", text, "Служба уже запущена? Иначе смените page.port."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((settings.asterisk.media_address, 0))
        except OSError:
            text = f"адрес {settings.asterisk.media_address} не принадлежит этой машине"
            findings.append(fail("Порты", text, "Исправьте asterisk.media_address: сюда Asterisk шлёт звук."))
    return findings or [ok("Порты", f"страница {settings.page.port}, звук на {settings.asterisk.media_address}")]


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


async def check_registrars(settings: Settings) -> list[Finding]:
    """Registrars."""
    if not settings.registrars:
        remedy = 'Добавьте в registratura.toml [[registrars]] name = "…" extension = "101" password = "…".'
        return [warn("Регистраторы", "ни одного телефона: вместо людей будут задачи «перезвонить»", remedy)]
    return [ok("Регистраторы", f"телефонов: {len(settings.registrars)}")]


async def check_other_systems(settings: Settings) -> list[Finding]:
    """Pyrus and other systems."""
    return [
        Finding(name=one.name, grade=one.grade, text=one.told, remedy=one.remedy)
        for one in await foreign_states(settings)
    ]


async def check_links(settings: Settings) -> list[Finding]:
    """Links in messages to patients."""
    return [warn("Ссылки в сообщениях", text, remedy) for text, remedy in link_faults(settings)]


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
