"""Reports for directors (P1, P8, C25, M13, C16): plan and fact, revenue, load, channels, stages, refusals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import LEAD_TITLES, LeadStage
from crm_bridge.local.part import LocalPart
from crm_bridge.local.plan_fact import Compared, compared, given_to
from crm_bridge.local.tables import (
    BranchRow,
    DoctorRow,
    LeadRow,
    PaymentRow,
    ReasonRow,
    ServiceRow,
    StrikeRow,
    VisitRow,
)
from crm_bridge.port import NotFound

_NOON = time(14)
"""The morning shift ends and the evening shift begins."""
_SHARES = {"share_cancelled": "cancelled", "share_missed": "missed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A table: `columns` key -> Russian title, the first one names the row; `totals` are the sums of the rows."""

    name: str
    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from `start` to `end`, both included, in the branches' own time; of one branch or of all."""

    start: date
    end: date
    branch_id: str | None = None


Maker = Callable[["LocalReports", AsyncSession, Period], Any]


class LocalReports(LocalPart):
    """Reports on SQL; the same period gives the same table whoever asks."""

    async def report(self, name: str, period: Period) -> Report:
        """The table of that name. Raises NotFound with the names there are."""
        if name not in REPORTS:
            raise NotFound(f"Нет отчёта «{name}». Есть: {', '.join(REPORTS)}")
        title, columns, make = REPORTS[name]
        async with self._read() as session:
            counted: Mapping[str, Counter[str]] = await make(self, session, period)
        sums = [key for key in list(columns)[1:] if key not in _SHARES]
        rows: list[dict[str, Any]] = [
            {next(iter(columns)): label, **{key: counts[key] for key in sums}, **_shares(columns, counts)}
            for label, counts in sorted(counted.items())
        ]
        totals = {key: sum(row[key] for row in rows) for key in sums}
        return Report(name=name, title=title, columns=columns, rows=rows, totals=totals)

    async def _visits(self, session: AsyncSession, period: Period) -> list[tuple[VisitRow, datetime]]:
        """Visits whose own day lies in the period, with their local beginning."""
        zones = dict((await session.execute(select(BranchRow.id, BranchRow.timezone))).all())
        first = datetime.combine(period.start - timedelta(days=1), time(), tzinfo=self._clock.now().tzinfo)
        last = datetime.combine(period.end + timedelta(days=2), time(), tzinfo=self._clock.now().tzinfo)
        query = select(VisitRow).where(VisitRow.starts_at >= first, VisitRow.starts_at < last)
        if period.branch_id:
            query = query.where(VisitRow.branch_id == period.branch_id)
        found = [
            (row, row.starts_at.astimezone(ZoneInfo(zones[row.branch_id]))) for row in await session.scalars(query)
        ]
        return [(row, local) for row, local in found if period.start <= local.date() <= period.end]

    async def by_doctor(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """Bookings and what became of them, by doctor."""
        names = dict((await session.execute(select(DoctorRow.id, DoctorRow.full_name))).all())
        visits = await self._visits(session, period)
        return _count((names.get(row.doctor_id or "", "без врача"), _fate(row)) for row, _ in visits)

    async def by_day(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """The load of every day."""
        return _count((f"{local:%Y-%m-%d}", _fate(row)) for row, local in await self._visits(session, period))

    async def revenue(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """What was given and what it cost, by service and shift."""
        visits = {row.id: local for row, local in await self._visits(session, period)}
        names = dict((await session.execute(select(ServiceRow.id, ServiceRow.name))).all())
        table: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for given in await given_to(session, list(visits)):
            shift = "утро" if visits[given.visit_id].time() < _NOON else "вечер"
            table[f"{names[given.service_id]}, {shift}"].update(
                {"given": given.quantity, "sum": given.quantity * given.price}
            )
        return table

    async def plan_and_fact(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """What was planned and what became of it, by doctor and day; cancelled visits are no plan any more."""
        table: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for one in await self._compared(session, period):
            counts = {"plan": 1, "fact": one.came, "differ": bool(one.why), "plan_sum": one.plan, "fact_sum": one.fact}
            table[f"{one.doctor}, {one.local:%Y-%m-%d}"].update(counts)
        return table

    async def mismatches(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """The visits whose fact is not their plan, one a row."""
        return {
            f"{one.local:%Y-%m-%d %H:%M}, {one.doctor}: {one.why} (приём {one.id})": Counter(
                {"plan_sum": one.plan, "fact_sum": one.fact}
            )
            for one in await self._compared(session, period)
            if one.why
        }

    async def _compared(self, session: AsyncSession, period: Period) -> Sequence[Compared]:
        return await compared(session, await self._visits(session, period), self._clock.now())

    async def payments(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """Money received, by day."""
        zone = self._clock.now().tzinfo
        first = datetime.combine(period.start, time(), tzinfo=zone)
        last = datetime.combine(period.end + timedelta(days=1), time(), tzinfo=zone)
        query = select(PaymentRow).where(PaymentRow.paid_at >= first, PaymentRow.paid_at < last)
        table: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in await session.scalars(query):
            assert row.paid_at is not None, "the query asks for paid ones"
            table[f"{row.paid_at.astimezone(zone):%Y-%m-%d}"].update({"payments": 1, "sum": row.amount})
        return table

    async def by_administrator(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """Bookings by who made them: the bot is one of the administrators."""
        return _count((_who(row.booked_by), _fate(row)) for row, _ in await self._visits(session, period))

    async def by_channel(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """Bookings by where they came from."""
        return _count((row.source, _fate(row)) for row, _ in await self._visits(session, period))

    async def cancel_reasons(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """Why visits were cancelled, and by whom."""
        titles = dict((await session.execute(select(ReasonRow.id, ReasonRow.title))).all())
        table: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row, _ in await self._visits(session, period):
            if row.status == VisitStatus.CANCELLED:
                by_patient = row.cancelled_by == "patient"
                counts = {"all": 1, "patient": by_patient, "clinic": not by_patient, "late": row.late}
                table[titles.get(row.reason_id or "", "не указана")].update(counts)
        return table

    async def lead_stages(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """Leads opened in the period, by the stage they are at, with their revenue."""
        table: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in await self._leads(session, period):
            table[LEAD_TITLES[LeadStage(row.stage)]].update({"leads": 1, "revenue": row.revenue})
        return table

    async def refusals(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """«Причины отказов»."""
        titles = dict((await session.execute(select(ReasonRow.id, ReasonRow.title))).all())
        lost = [row for row in await self._leads(session, period) if row.stage == LeadStage.LOST]
        return _count((titles.get(row.reason_id or "", "не указана"), "leads") for row in lost)

    async def _leads(self, session: AsyncSession, period: Period) -> list[LeadRow]:
        zone = self._clock.now().tzinfo
        first = datetime.combine(period.start, time(), tzinfo=zone)
        last = datetime.combine(period.end + timedelta(days=1), time(), tzinfo=zone)
        query = select(LeadRow).where(LeadRow.created_at >= first, LeadRow.created_at < last)
        return list(await session.scalars(query))

    async def strikes(self, session: AsyncSession, period: Period) -> Mapping[str, Counter[str]]:
        """No-shows and late cancellations by day; lifted ones apart."""
        zone = self._clock.now().tzinfo
        table: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in await session.scalars(select(StrikeRow)):
            day = row.at.astimezone(zone).date()
            if period.start <= day <= period.end:
                table[day.isoformat()].update({"strikes": 1, "lifted": row.lifted_at is not None})
        return table


def _count(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Counter[str]]:
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for label, key in pairs:
        table[label][key] += 1
        table[label]["all"] += 1
    return table


def _fate(row: VisitRow) -> str:
    fates = {
        VisitStatus.COMPLETED: "came",
        VisitStatus.CANCELLED: "cancelled",
        VisitStatus.NO_SHOW: "missed",
    }
    return fates.get(VisitStatus(row.status), "ahead")


def _who(booked_by: str) -> str:
    kind, _, name = booked_by.partition(":")
    return "Голосовой бот" if kind == "bot" else name or kind


def _shares(columns: Mapping[str, str], counts: Counter[str]) -> dict[str, float]:
    """Percent of all visits of the row."""
    return {
        key: round(100 * counts[of] / counts["all"], 1) if counts["all"] else 0.0
        for key, of in _SHARES.items()
        if key in columns
    }


_FATES = {"all": "Записей", "came": "Пришли", "cancelled": "Отмены", "missed": "Неявки", "ahead": "Впереди"}
REPORTS: Mapping[str, tuple[str, Mapping[str, str], Maker]] = {
    "doctors": (
        "Записи и приёмы по врачам",
        {"label": "Врач", **_FATES, "share_cancelled": "Отмен, %", "share_missed": "Неявок, %"},
        LocalReports.by_doctor,
    ),
    "plan_fact": (
        "План и факт по врачам и дням",
        {
            "label": "Врач, день",
            "plan": "Записано",
            "fact": "Пришли",
            "differ": "Расхождений",
            "plan_sum": "План, ₽",
            "fact_sum": "Факт, ₽",
        },
        LocalReports.plan_and_fact,
    ),
    "mismatches": (
        "Приёмы, где факт не равен плану",
        {"label": "Приём", "plan_sum": "План, ₽", "fact_sum": "Факт, ₽"},
        LocalReports.mismatches,
    ),
    "days": ("Загрузка по дням", {"label": "День", **_FATES}, LocalReports.by_day),
    "revenue": (
        "Выручка по услугам и сменам",
        {"label": "Услуга, смена", "given": "Оказано", "sum": "Сумма, ₽"},
        LocalReports.revenue,
    ),
    "payments": ("Оплаты по дням", {"label": "День", "payments": "Оплат", "sum": "Сумма, ₽"}, LocalReports.payments),
    "administrators": ("Записи по администраторам", {"label": "Кто записал", **_FATES}, LocalReports.by_administrator),
    "channels": ("Записи по каналам", {"label": "Канал", **_FATES}, LocalReports.by_channel),
    "cancellations": (
        "Причины отмен",
        {"label": "Причина", "all": "Отмен", "patient": "Пациентом", "clinic": "Клиникой", "late": "Поздних"},
        LocalReports.cancel_reasons,
    ),
    "stages": (
        "Лиды по стадиям",
        {"label": "Стадия", "leads": "Лидов", "revenue": "Выручка, ₽"},
        LocalReports.lead_stages,
    ),
    "refusals": ("Причины отказов", {"label": "Причина", "leads": "Отказов"}, LocalReports.refusals),
    "strikes": (
        "Неявки и поздние отмены",
        {"label": "День", "strikes": "Всего", "lifted": "Снято"},
        LocalReports.strikes,
    ),
}
"""Name -> title, columns, maker."""
