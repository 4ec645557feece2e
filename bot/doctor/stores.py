"""Where things are kept: disk, database, Redis."""

from __future__ import annotations

import os
import shutil
from typing import Any

from redis.asyncio import Redis

from bot.doctor.finding import Finding, fail, ok, warn
from bot.settings import Settings
from bot.storage import migrate
from bot.storage.engine import create_engine_for


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
