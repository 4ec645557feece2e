"""Whether other systems answer, let us in, and have what the settings say; in Russian, with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.composition.foreign import generic_connector, pyrus_connector, pyrus_mapping
from bot.domain.clock import Clock, SystemClock
from bot.foreign_settings import CsvSettings, GenericHttpSettings, PyrusSettings
from bot.settings import Settings, SettingsError
from bot.web.hooks import PREFIX
from crm_bridge.generic_http.client import SecretRefused
from crm_bridge.generic_http.folder import IN, OUT, CsvFolder
from crm_bridge.port import CrmUnavailable, Refused
from crm_bridge.pyrus import PyrusMapping

ANSWER_S = 4.0
"""Nobody waits longer at the terminal, whatever the settings allow in service."""
_NET = "Проверьте, что с этой машины открывается {url}; до тех пор заявки ждут и уйдут сами."
_FORMS = (
    "Исправьте номера в файле crm.pyrus.mapping по своим формам или дайте боту права участника формы "
    "(docs/how-to/pyrus.md); пока это не исправлено, заявки не дойдут."
)
_SIGN_IN = "Впишите в crm.pyrus.login и crm.pyrus.security_key то, что показано в карточке бота в Pyrus."
_SECRET = "Сверьте crm.generic_http.secret с секретом другой стороны и часы обеих машин."
_NO_WEBHOOKS = (
    'Добавьте "webhooks" в crm.generic_http.offers и попросите присылать подтверждения: без них заявка истекает.'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """How one system was found; without a remedy all is well."""

    name: str
    told: str
    remedy: str = ""
    works: bool = False
    """It does, in spite of the remedy."""

    @property
    def grade(self) -> Literal["ok", "warn", "fail"]:
        if not self.remedy:
            return "ok"
        return "warn" if self.works else "fail"


async def foreign_states(settings: Settings) -> list[SystemState]:
    """Ask every system of the settings; none when there are none."""
    clock = SystemClock(settings.zone)
    listening = f"http://{settings.api.host}:{settings.api.port}{PREFIX}"
    states = []
    if settings.crm.pyrus is not None:
        states.append(await _pyrus(settings.crm.pyrus, clock, f"{listening}/pyrus"))
    if settings.crm.generic_http is not None:
        states.append(await _generic(settings.crm.generic_http, clock, f"{listening}/generic"))
    if settings.crm.csv is not None:
        states.append(await _csv(settings.crm.csv, clock, settings))
    return states


async def _pyrus(given: PyrusSettings, clock: Clock, address: str) -> SystemState:
    try:
        mapping = pyrus_mapping(given)
    except SettingsError as error:
        return SystemState(name="Pyrus", told=str(error), remedy="Исправьте файл: образец в docs/how-to/pyrus.md.")
    connector = pyrus_connector(given.model_copy(update={"timeout_s": ANSWER_S}), mapping, clock)
    try:
        faults = await connector.check()
    except CrmUnavailable as error:
        return SystemState(name="Pyrus", told=str(error), remedy=_NET.format(url=given.auth_url))
    except Refused as error:
        return SystemState(name="Pyrus", told=str(error), remedy=_SIGN_IN)
    finally:
        await connector.close()
    if faults:
        return SystemState(name="Pyrus", told="; ".join(faults), remedy=_FORMS)
    return SystemState(name="Pyrus", told=f"вход принят, {_forms(mapping)} совпадают; вебхуки ждём на {address}")


def _forms(mapping: PyrusMapping) -> str:
    sections = {
        "заявки": mapping.bookings,
        "лиды": mapping.leads,
        "задачи": mapping.call_tasks,
        "звонки": mapping.telephony,
    }
    return "формы " + ", ".join(f"{name} ({one.form})" for name, one in sections.items() if one is not None)


async def _generic(given: GenericHttpSettings, clock: Clock, address: str) -> SystemState:
    name = f"Система {given.name}"
    connector = generic_connector(given.model_copy(update={"timeout_s": ANSWER_S}), clock)
    try:
        faults = await connector.check()
    except SecretRefused as error:
        return SystemState(name=name, told=str(error), remedy=_SECRET)
    except CrmUnavailable as error:
        return SystemState(name=name, told=str(error), remedy=_NET.format(url=given.url))
    finally:
        await connector.close()
    if faults:
        remedy = "Покажите разработчику другой системы docs/reference/generic-http.md, часть GET /requests/{наш id}."
        return SystemState(name=name, told="; ".join(faults), remedy=remedy)
    if "requests" in given.offers and "webhooks" not in given.offers:
        return SystemState(name=name, told="отвечает, но о решениях не сообщает", remedy=_NO_WEBHOOKS, works=True)
    return SystemState(name=name, told=f"отвечает, подпись принята; сообщения ждём на {address}")


async def _csv(given: CsvSettings, clock: Clock, settings: Settings) -> SystemState:
    faults = await CsvFolder(given.folder, clock, settings.zone).check()
    if faults:
        remedy = "Создайте папку crm.csv.folder и дайте службе право писать в неё."
        return SystemState(name="Обмен файлами", told="; ".join(faults), remedy=remedy)
    return SystemState(
        name="Обмен файлами", told=f"заявки пишем в {given.folder / OUT}, приёмы ждём в {given.folder / IN}"
    )
