"""The line and the registrars' phones, by the settings or by the sandbox of the data folder."""

from __future__ import annotations

from pathlib import Path

from bot.calls.desks import Desk
from bot.desk_settings import Registrar
from bot.settings import Settings, SettingsError, asterisk_root
from telephony.asterisk.ari import AriAddress
from telephony.asterisk.exchange import LineConfig
from telephony.asterisk.line import AsteriskLine
from telephony.asterisk.sandbox import Sandbox, SandboxConfig, SandboxState


def asterisk_line(settings: Settings) -> AsteriskLine:
    """The line of the settings, else the running sandbox of the data folder. Raises SettingsError."""
    asterisk = settings.asterisk
    if asterisk.ari_url:
        address = AriAddress(
            url=asterisk.ari_url, user=asterisk.ari_user, password=asterisk.ari_password, app=asterisk.app
        )
        return AsteriskLine(
            LineConfig(
                ari=address,
                media_address=asterisk.media_address,
                recordings=asterisk.recordings,
                dial=asterisk.dial,
                phones=asterisk.phones,
            )
        )
    sandbox = running_sandbox(settings)
    if sandbox is None:
        raise SettingsError("Asterisk не найден: задайте asterisk.ari_url или выполните registratura sandbox start")
    address = AriAddress(url=sandbox.ari_url, user=sandbox.ari_user, password=sandbox.ari_password, app=asterisk.app)
    return AsteriskLine(
        LineConfig(ari=address, media_address=asterisk.media_address, recordings=Path(sandbox.recordings))
    )


def running_sandbox(settings: Settings) -> SandboxState | None:
    """The sandbox of the data folder, if it runs."""
    return Sandbox(SandboxConfig(directory=settings.sandbox, root=asterisk_root() or Path())).state()


def desk_of(registrar: Registrar) -> Desk:
    """The phone with what it rings for."""
    return Desk(
        name=registrar.name,
        endpoint=registrar.endpoint,
        doctor=registrar.doctor,
        specialty=registrar.specialty,
        branch=registrar.branch,
        opens=registrar.opens,
        closes=registrar.closes,
    )


def desks(settings: Settings) -> tuple[Desk, ...]:
    """The registrars of the settings, else those of the running sandbox."""
    if settings.registrars:
        return tuple(desk_of(one) for one in settings.registrars)
    sandbox = None if settings.asterisk.ari_url else running_sandbox(settings)
    return tuple(Desk(name=f"Регистратор {name}", endpoint=name) for name in (sandbox.registrars if sandbox else ()))
