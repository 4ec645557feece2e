"""The kinds of rows: their columns by Russian and English names, and what each row needs. Pure.

docs/how-to/import.md lists them for whoever prepares a file.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, time
from typing import Any, Final

from bot.domain.clinic import Funding
from crm_bridge.local.exchange import moments, values
from crm_bridge.local.exchange.cells import Cell
from crm_bridge.local.exchange.fields import Field, Kind, KindSpec, Record
from crm_bridge.local.exchange.phones import phones
from crm_bridge.names import fold, name_words

PURPOSES: Final = {
    "сервисные звонки": "service_calls",
    "звонки": "service_calls",
    "напоминания": "service_calls",
    "информирование": "service_calls",
    "реклама": "advertising",
    "рассылка": "advertising",
    "рекламные звонки": "advertising",
    "опрос": "survey",
    "опросы": "survey",
    "оценка": "survey",
    "запись разговора": "recording",
    "запись разговоров": "recording",
    "персональные данные": "personal_data",
    "обработка персональных данных": "personal_data",
    "пдн": "personal_data",
}
_STATES: Final = {
    "состоялся": "completed",
    "завершен": "completed",
    "выполнен": "completed",
    "пришел": "completed",
    "принят": "completed",
    "оплачен": "completed",
    "не пришел": "no_show",
    "неявка": "no_show",
    "не явился": "no_show",
    "отменен": "cancelled",
    "отмена": "cancelled",
    "отказ": "cancelled",
}
_FUNDINGS: Final = {"платно": "paid", "наличные": "paid", "платный": "paid", "омс": "oms", "дмс": "dms"}


def _english(words: dict[str, str]) -> dict[str, str]:
    """The words together with the meanings themselves: exports of other programmes use those."""
    return words | {meaning: meaning for meaning in words.values()}


def _plain(read: Callable[[Cell], Any]) -> Callable[[Cell, Any], Any]:
    return lambda cell, today: read(cell)


def _word_of(words: dict[str, str]) -> Callable[[Cell, Any], str]:
    known = _english(words)
    return lambda cell, today: values.one_of(cell, known)


def _words(cell: Cell) -> list[str]:
    """What a cell lists after commas."""
    return [word for word in (part.strip() for part in values.text(cell).split(",")) if word]


def _fundings(cell: Cell) -> list[str]:
    known = _english(_FUNDINGS)
    said = {values.one_of(word, known) for word in _words(cell)}
    return [one.value for one in Funding if one.value in said]


_TEXT, _YES_NO, _RUBLES = _plain(values.text), _plain(values.yes_no), _plain(values.money)
_MINUTES, _CLOCK = _plain(values.minutes), _plain(moments.clock_time)

_FULL_NAME = Field(
    key="full_name",
    title="ФИО",
    read=_plain(values.full_name),
    also=("ФИО пациента", "Пациент", "Имя пациента", "Ф. И. О.", "Ф.И.О.", "Фамилия Имя Отчество", "Клиент", "name",
          "patient", "full name"),
)  # fmt: skip
_SURNAME = Field(key="surname", title="Фамилия", read=_TEXT, also=("last name", "lastname", "family name"))
_FIRST_NAME = Field(key="first_name", title="Имя", read=_TEXT, also=("first name", "firstname", "given name"))
_PATRONYMIC = Field(key="patronymic", title="Отчество", read=_TEXT, also=("middle name", "second name"))
_BIRTH_DATE = Field(
    key="birth_date",
    title="Дата рождения",
    read=moments.birth_date,
    also=("Д.р.", "ДР", "Дата рожд.", "День рождения", "Родился", "birthday", "birthdate", "date of birth", "dob"),
)
_PHONE = Field(
    key="phone",
    title="Телефон",
    read=_plain(phones),
    many=True,
    also=("Мобильный", "Мобильный телефон", "Сотовый", "Тел.", "Телефоны", "Телефон 1", "Телефон 2", "Домашний телефон",
          "Доп. телефон", "Контактный телефон", "Номер телефона", "Контакты", "mobile", "cell", "phone number"),
)  # fmt: skip
_WHO = (_FULL_NAME, _SURNAME, _FIRST_NAME, _PATRONYMIC, _BIRTH_DATE, _PHONE)
_BRANCH = Field(
    key="branch", title="Филиал", read=_TEXT, also=("Подразделение", "Адрес филиала", "Отделение", "branch id")
)
_DOCTOR = Field(key="doctor", title="Врач", read=_plain(values.person), also=("ФИО врача", "Доктор", "Специалист"))
_SERVICE = Field(key="service", title="Услуга", read=_TEXT, also=("Название услуги", "Исследование", "Процедура"))
_DAY = Field(key="day", title="Дата", read=moments.day, also=("День", "date", "Дата приема"))
_COMMENT = Field(key="comment", title="Комментарий", read=_TEXT, also=("Примечание", "Заметка", "note", "comment"))


def _whole_name(record: dict[str, Any]) -> None:
    """Фамилия, Имя, Отчество as one name, under the same demands."""
    parts = [record.pop(key) for key in ("surname", "first_name", "patronymic") if key in record]
    if parts and "full_name" not in record:
        record["full_name"] = values.full_name(" ".join(parts))


PATIENTS: Final = KindSpec(
    kind=Kind.PATIENTS,
    title="пациенты",
    fields=(
        *_WHO,
        _COMMENT,
        Field(key="service_calls", title="Согласие на звонки", read=_YES_NO, keeps_dash=True,
              also=("Согласие на информирование", "Согласие на сервисные звонки")),
        Field(key="advertising", title="Согласие на рекламу", read=_YES_NO, keeps_dash=True,
              also=("Согласие на рассылку",)),
        Field(key="do_not_call", title="Не звонить", read=_YES_NO, keeps_dash=True, also=("do not call", "dnc")),
    ),
    needs=(("full_name", "surname"), ("birth_date", "phone")),
    finish=_whole_name,
)  # fmt: skip

DOCTORS: Final = KindSpec(
    kind=Kind.DOCTORS,
    title="врачи",
    fields=(
        Field(key="full_name", title="ФИО", read=_plain(values.full_name),
              also=("Врач", "ФИО врача", "Доктор", "Сотрудник", "Специалист", "doctor", "name", "full name")),
        _SURNAME,
        _FIRST_NAME,
        _PATRONYMIC,
        Field(key="specialty", title="Специальность", read=_plain(values.specialty),
              also=("Профессия", "Должность", "Специализация", "profession")),
        _BRANCH,
        Field(key="active", title="Работает", read=_YES_NO, keeps_dash=True, also=("Активен", "active")),
    ),
    needs=(("full_name", "surname"), ("specialty",)),
    finish=_whole_name,
    identity=lambda record: name_words(record["full_name"]),
)  # fmt: skip

SERVICES: Final = KindSpec(
    kind=Kind.SERVICES,
    title="услуги",
    fields=(
        Field(key="name", title="Услуга", read=_TEXT, also=("Название", "Наименование", "Название услуги", "service")),
        Field(key="duration_min", title="Длительность, мин", read=_MINUTES,
              also=("Длительность", "Длительность (мин)", "Продолжительность", "Время приема", "duration")),
        Field(key="price", title="Цена", read=_RUBLES,
              also=("Стоимость", "Цена, руб.", "Цена (руб.)", "Стоимость, руб.", "Прайс", "cost")),
        Field(key="prep", title="Подготовка", read=_TEXT, also=("Подготовка к исследованию", "preparation")),
        Field(key="specialty", title="Специальность", read=_plain(values.specialty), also=("Профессия", "profession")),
        Field(key="category", title="Категория", read=_TEXT, also=("Группа", "Раздел", "group")),
        _BRANCH,
        Field(key="bookable", title="Запись по услуге", read=_YES_NO, keeps_dash=True, also=("bookable",)),
        Field(key="expensive", title="Дорогая", read=_YES_NO, keeps_dash=True, also=("Нужно согласование",)),
        Field(key="recall_days", title="Повтор через, дней", read=_plain(values.whole), also=("Повтор, дней",)),
        Field(key="fundings", title="Оплата", read=_plain(_fundings), also=("Способы оплаты", "Виды оплаты")),
        Field(key="price_oms", title="Цена по ОМС", read=_RUBLES, also=("Доплата по ОМС",)),
        Field(key="price_dms", title="Цена по ДМС", read=_RUBLES, also=("Доплата по ДМС",)),
        Field(key="resources", title="Оборудование", read=_plain(_words), also=("Кабинеты и приборы", "Ресурсы")),
        Field(key="course_total", title="Приёмов в курсе", read=_plain(values.whole), also=("Курс, приёмов",)),
        Field(key="course_interval_days", title="Курс: через, дней", read=_plain(values.whole)),
        Field(key="active", title="Оказывается", read=_YES_NO, keeps_dash=True, also=("Активна", "active")),
    ),
    needs=(("name",),),
    identity=lambda record: fold(record["name"]),
)  # fmt: skip


def _day_and_time(record: dict[str, Any]) -> None:
    """A schedule's row ends later than it begins."""
    if "time_to" in record and "time_from" in record and record["time_to"] <= record["time_from"]:
        raise ValueError("Время окончания должно быть позже начала")
    if "doctor" in record and "service" in record:
        raise ValueError("Укажите либо врача, либо услугу: окно бывает чего-то одного")


SCHEDULES: Final = KindSpec(
    kind=Kind.SCHEDULES,
    title="расписание",
    fields=(
        _DOCTOR,
        _SERVICE,
        _DAY,
        Field(key="time_from", title="Начало", read=_CLOCK, also=("С", "Время начала", "Время", "from", "start")),
        Field(key="time_to", title="Окончание", read=_CLOCK, also=("По", "До", "Конец", "Время окончания", "end")),
        Field(key="slot_min", title="Длительность, мин", read=_MINUTES, also=("Длительность", "Шаг", "Интервал")),
        _BRANCH,
    ),
    needs=(("doctor", "service"), ("day",), ("time_from",)),
    finish=_day_and_time,
    identity=lambda record: tuple(record.get(key) for key in ("doctor", "service", "day", "time_from", "branch")),
)  # fmt: skip

CONSENTS: Final = KindSpec(
    kind=Kind.CONSENTS,
    title="согласия",
    fields=(
        *_WHO,
        Field(key="purpose", title="Цель", read=_word_of(PURPOSES), also=("Вид согласия", "На что", "purpose", "Тип")),
        Field(key="granted", title="Согласие", read=_YES_NO, keeps_dash=True,
              also=("Дано", "Да/Нет", "Статус согласия", "consent")),
        Field(key="day", title="Дата", read=moments.day, also=("Дата согласия", "Когда", "date")),
        Field(key="source", title="Источник", read=_TEXT, also=("Откуда", "source")),
        Field(key="wording", title="Формулировка", read=_TEXT, also=("Версия формы", "wording", "version")),
        Field(key="evidence", title="Подтверждение", read=_TEXT, also=("Документ", "Номер документа", "evidence")),
    ),
    needs=(("full_name", "surname"), ("birth_date", "phone"), ("purpose",), ("granted",), ("day",)),
    finish=_whole_name,
)  # fmt: skip


def _visit(record: dict[str, Any]) -> None:
    _whole_name(record)
    if "time_from" in record and "starts_at" in record:
        record["starts_at"] = datetime.combine(record["starts_at"].date(), record.pop("time_from"))
    if "starts_at" in record and record["starts_at"].time() == time():
        raise ValueError("Начало: укажите время приёма, например 09:30")


def _visit_identity(record: Record) -> Hashable:
    who = (name_words(record["full_name"]), record.get("birth_date"), record.get("phone"))
    return (*who, record["starts_at"], record.get("doctor"), record.get("service"))


VISITS: Final = KindSpec(
    kind=Kind.VISITS,
    title="прошлые приёмы",
    fields=(
        *_WHO,
        Field(key="starts_at", title="Дата приёма", read=moments.moment,
              also=("Дата", "Дата и время", "Дата визита", "Прием", "date", "starts at", "visit date")),
        Field(key="time_from", title="Время приёма", read=_CLOCK, also=("Время", "Начало", "time", "start")),
        Field(key="minutes", title="Длительность, мин", read=_MINUTES, also=("Длительность", "duration")),
        _DOCTOR,
        _SERVICE,
        Field(key="status", title="Статус", read=_word_of(_STATES), also=("Состояние", "Результат", "state")),
        Field(key="price", title="Стоимость", read=_RUBLES, also=("Цена", "Сумма", "cost")),
        Field(key="paid", title="Оплачено", read=_RUBLES, also=("Оплата", "paid")),
        Field(key="funding", title="Оплата по", read=_word_of(_FUNDINGS), also=("Вид оплаты", "Финансирование")),
        _BRANCH,
        _COMMENT,
    ),
    needs=(("full_name", "surname"), ("birth_date", "phone"), ("starts_at",), ("doctor", "service")),
    finish=_visit,
    identity=_visit_identity,
)  # fmt: skip

SPECS: Final = {spec.kind: spec for spec in (PATIENTS, DOCTORS, SERVICES, SCHEDULES, CONSENTS, VISITS)}
