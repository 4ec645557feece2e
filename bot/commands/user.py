"""`user`: the people who work with the clinic's system; the first director can only be made here."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import click

from bot.commands.support import config_option
from bot.settings import load_settings

ROLES = ("registrar", "senior_registrar", "doctor", "accountant", "coordinator", "marketing", "admin", "director")


@click.group(epilog='Пример: registratura user add ivanova "Иванова Анна Петровна" --role registrar')
def user() -> None:
    """Сотрудники и их права в API."""


@user.command(epilog='Пример: registratura user add ivanova "Иванова Анна Петровна" --role registrar')
@config_option
@click.argument("login")
@click.argument("full_name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="Роль даёт права; директор видит оценки.")
def add(config: Path | None, login: str, full_name: str, role: str) -> None:
    """Завести сотрудника LOGIN «Фамилия Имя Отчество»; пароль печатается один раз."""
    password = secrets.token_urlsafe(12)
    asyncio.run(_add(config, login, full_name, role, password))
    click.echo(f"Заведён: {login}, роль {role}. Пароль (запишите, больше его не увидеть): {password}")


async def _add(config: Path | None, login: str, full_name: str, role: str, password: str) -> None:
    from bot.composition.desk import open_desk
    from crm_bridge.local.staff import LocalStaff
    from crm_bridge.rules.rights import HOUSE, Role

    async with open_desk(load_settings(config)) as desk:
        staff = LocalStaff(desk.clinic.ground)
        await staff.create_user(login=login, full_name=full_name, role=Role(role), password=password, by=HOUSE)
