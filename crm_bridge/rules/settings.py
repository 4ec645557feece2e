"""Every number of rules.md 1.0 as a named setting: key, default, unit, the rows that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any


class RuleSettingError(ValueError):
    """A setting that does not exist or a value out of its bounds; the text is Russian and names the key."""


def _rule(default: int, key: str, title: str, rows: str, *, low: int = 0, high: int = 10_000) -> Any:
    """A whole-number setting; `rows` are the rules that it belongs to."""
    return field(default=default, metadata={"key": key, "title": title, "rows": rows, "low": low, "high": high})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """What a director may change; a flag is 0 or 1."""

    prescription_lead_days: int = _rule(
        2, "reminder.prescription_lead_days", "За сколько дней до срока назначения звонить", "M3", high=60
    )
    prescription_workdays: int = _rule(
        1, "reminder.prescription_workdays", "Если день звонка выходной, звонить в предыдущий рабочий", "M3", high=1
    )
    cancelled_active_days: int = _rule(
        7, "task.cancelled.active_in_days", "Через сколько дней звонить после отмены", "I18", high=365
    )
    default_active_days: int = _rule(
        1, "task.default_active_from", "Через сколько дней актуальна задача без даты", "I13", high=365
    )
    noshow_minutes: int = _rule(
        15,
        "task.noshow_autocreate_within_min",
        "Через сколько минут после приёма считать неявку",
        "I20",
        high=240,
    )
    noshow_same_service: int = _rule(
        0, "task.noshow_same_service_only", "Будущий приём по другой услуге не отменяет задачу о неявке", "I20", high=1
    )
    link_cancelled_days: int = _rule(
        30, "task.link_cancelled_max_age_days", "Сколько дней задачу можно связать с отменой", "I21", high=365
    )
    waitlist_weeks: int = _rule(
        6, "waitlist.valid_weeks", "Сколько недель действует запись в лист ожидания", "I12,I19", low=1, high=104
    )
    acute_wait_days: int = _rule(
        1, "waitlist.acute_primary_wait_days", "Сколько дней ждёт первичный пациент с острой болью", "I27", high=30
    )
    offer_minutes: int = _rule(
        15,
        "waitlist.offer_minutes",
        "Сколько минут окно предлагается одному ожидающему",
        "C14,I2",
        low=1,
        high=1440,
    )
    offer_again_hours: int = _rule(
        3,
        "waitlist.offer_again_hours",
        "Через сколько часов после звонка без ответа предлагать тому же пациенту другое окно",
        "C14,I2",
        low=1,
        high=168,
    )
    offer_again_days: int = _rule(
        1,
        "waitlist.offer_again_days",
        "Через сколько дней после разговора или второго звонка за день предлагать другое окно",
        "C14,I2",
        low=1,
        high=30,
    )
    cancel_min_hours: int = _rule(
        24, "policy.cancel_min_hours", "За сколько часов отмена ещё не поздняя", "C15", high=720
    )
    strikes_to_prepay: int = _rule(
        2, "policy.strikes_to_prepay", "Сколько неявок и поздних отмен ведут к предоплате", "C16", low=1, high=100
    )
    strike_window_months: int = _rule(
        12,
        "policy.strike_window_months",
        "За сколько месяцев они считаются",
        "C16",
        low=1,
        high=120,
    )
    strikes_reset: int = _rule(
        1, "policy.strikes_reset_after_prepaid", "Состоявшийся предоплаченный приём обнуляет счёт", "C16", high=1
    )
    late_move_counts: int = _rule(
        0, "policy.late_move_counts", "Поздний перенос считается поздней отменой", "C15,C16", high=1
    )
    inactive_days: int = _rule(
        61, "recall.inactive_after_days", "Через сколько дней без визита пригласить", "C11", low=1, high=3650
    )
    inactive_recall: int = _rule(1, "recall.inactive_enabled", "Приглашать давно не бывших", "C11", high=1)
    approval_oks: int = _rule(2, "approval.required_oks", "Сколько согласований нужно", "P5", low=1, high=3)
    approval_hours: int = _rule(
        72, "approval.hold_hours", "Сколько часов приём ждёт согласования", "P4,P5", low=1, high=2160
    )
    new_request_hours: int = _rule(
        24, "visit.new_request_hold_hours", "Сколько часов окно ждёт проверки новой заявки", "P4", low=1, high=2160
    )
    payment_hours: int = _rule(
        24, "payment.hold_hours", "Сколько часов приём ждёт предоплаты", "C17,P4", low=1, high=2160
    )
    prepay_percent: int = _rule(
        100, "payment.prepay_percent", "Какую долю цены составляет предоплата, %", "C17", low=1, high=100
    )
    prepay_sum: int = _rule(
        1000, "payment.prepay_sum", "Предоплата, когда цена приёма неизвестна, ₽", "C17", low=1, high=1_000_000
    )
    home_visit_minutes: int = _rule(
        30, "request.home_visit_minutes", "За сколько минут взять в работу вызов врача", "TR2,P9", low=1, high=10_000
    )
    sick_leave_minutes: int = _rule(
        240, "request.sick_leave_minutes", "За сколько минут взять в работу больничный", "TR4,P9", low=1, high=10_000
    )
    callback_minutes: int = _rule(
        60, "request.callback_minutes", "За сколько минут перезвонить", "P9", low=1, high=10_000
    )
    rating_director_at: int = _rule(
        3, "rating.director_at_or_below", "Оценка, при которой директор получает задачу", "C20", low=1, high=5
    )

    @property
    def late_before(self) -> timedelta:
        """A cancellation closer to the visit than this is late."""
        return timedelta(hours=self.cancel_min_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingInfo:
    """What the settings page and `registratura rules` show of one setting."""

    key: str
    name: str
    title: str
    rows: tuple[str, ...]
    default: int
    low: int
    high: int


SETTINGS: Mapping[str, SettingInfo] = {
    one.metadata["key"]: SettingInfo(
        key=one.metadata["key"],
        name=one.name,
        title=one.metadata["title"],
        rows=tuple(one.metadata["rows"].split(",")),
        default=one.default,  # type: ignore[arg-type]
        low=one.metadata["low"],
        high=one.metadata["high"],
    )
    for one in fields(RuleSettings)
}


def with_values(values: Mapping[str, int]) -> RuleSettings:
    """The defaults with these values by key. Raises RuleSettingError."""
    return replace(RuleSettings(), **{info(key).name: checked(key, value) for key, value in values.items()})


def info(key: str) -> SettingInfo:
    """Raises RuleSettingError for a key that does not exist."""
    if key not in SETTINGS:
        raise RuleSettingError(f"{key}: такой настройки нет. Список: registratura rules")
    return SETTINGS[key]


def checked(key: str, value: Any) -> int:
    """The value, if it is a whole number within the setting's bounds. Raises RuleSettingError."""
    known = info(key)
    if isinstance(value, bool) or not isinstance(value, int) or not known.low <= value <= known.high:
        raise RuleSettingError(f"{key}: нужно целое число от {known.low} до {known.high}")
    return value
