"""What every implementation says when it cannot: Russian sentences that tell a person what to do."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.clinic import VisitStatus

NO_OPENING = "Такого окна нет: обновите расписание и выберите другое"
NO_VISIT = "Приём не найден: проверьте номер или найдите его по пациенту"
NO_PATIENT = "Пациент не найден: проверьте номер или заведите карточку"
NO_SERVICE = "Такой услуги нет: выберите её из справочника"
OTHER_SERVICE = "Это окно другой услуги: перенести приём на него нельзя, запишите пациента заново"
NO_TASK = "Задача не найдена: обновите список"
OPENING_TAKEN = "Это окно уже занято: выберите другое"
OPENING_HELD = "Это окно сейчас держат для другого пациента: выберите другое или подождите несколько минут"
HOLD_USED = "По этой брони уже записан другой приём: займите другое окно"
HOLD_OVER = "Бронь истекла: займите окно снова"
OFFER_OVER = "Предложение больше не действует: окно уже свободно для других, выберите время заново"
CLOSED: Mapping[VisitStatus, str] = {
    VisitStatus.CANCELLED: "Приём уже отменён: запишите пациента заново",
    VisitStatus.COMPLETED: "Приём уже состоялся: запишите пациента на новый",
    VisitStatus.NO_SHOW: "Пациент на этот приём не пришёл: запишите его на новый",
}
