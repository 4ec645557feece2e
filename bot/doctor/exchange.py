"""The telephone exchange: Asterisk, its clock, ports, the registrars' telephones."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.composition.line import running_sandbox
from bot.doctor.finding import Finding, fail, ok, warn
from bot.settings import Settings
from telephony.asterisk.ari import authorization

NEEDED_CODECS = ("codec_alaw.so", "chan_rtp.so", "res_rtp_multicast.so", "chan_bridge_media.so", "app_mixmonitor.so")


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


async def check_registrars(settings: Settings) -> list[Finding]:
    """Registrars."""
    if not settings.registrars:
        remedy = 'Добавьте в registratura.toml [[registrars]] name = "…" extension = "101" password = "…".'
        return [warn("Регистраторы", "ни одного телефона: вместо людей будут задачи «перезвонить»", remedy)]
    return [ok("Регистраторы", f"телефонов: {len(settings.registrars)}")]
