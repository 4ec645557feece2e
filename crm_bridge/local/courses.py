"""Courses: visits that belong together, «третий укол из пяти», and nobody who has to count them alone (C2, C3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import PLANNED, SYSTEM, Actor, Need
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import CourseRow, ServiceRow, VisitRow
from crm_bridge.local.task_book import make_task, open_task
from crm_bridge.local.work import Work
from crm_bridge.port import NotFound, Refused
from crm_bridge.rules.basics import COMING

_COMING = tuple(status.value for status in COMING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a course has got. `next_on` is the first day on which the next visit may be, None when it is whole."""

    id: str
    patient_id: str
    service_id: str
    title: str
    total: int
    done: int
    booked: int
    interval_days: int
    next_on: date | None

    @property
    def next_number(self) -> int:
        """Which of the course's visits is to be booked next."""
        return self.done + self.booked + 1


async def course_of_booking(work: Work, patient_id: str, service_id: str | None) -> str | None:
    """The patient's course of that service which is due first: whoever books need not count either (C2)."""
    going = await courses_going(work.session, [patient_id], work.now.tzinfo)
    course = going.get((patient_id, service_id or ""))
    return course.id if course else None


async def courses_going(
    session: AsyncSession, patient_ids: Sequence[str], zone: tzinfo | None
) -> Mapping[tuple[str, str], Course]:
    """By patient and service, the course that is due first of those that are not whole."""
    rows = await session.scalars(
        select(CourseRow).where(CourseRow.patient_id.in_(patient_ids), CourseRow.stopped_at.is_(None))
    )
    going = [course for row in rows.all() if (course := await _course(session, row, zone)).next_on]
    going.sort(key=lambda course: (course.booked, course.next_on or date.max, course.id), reverse=True)
    return {(course.patient_id, course.service_id): course for course in going}


class LocalCourses(LocalPart):
    """Courses on SQL."""

    async def start(
        self,
        *,
        patient_id: str,
        service_id: str,
        title: str,
        by: Actor,
        total: int | None = None,
        interval_days: int | None = None,
    ) -> Course:
        """A course of a service, by the service's own numbers unless others are given. Raises Refused without them."""
        async with self._work(by) as work:
            service = await work.session.get(ServiceRow, service_id)
            if service is None:
                raise NotFound("Такой услуги нет")
            count, interval = total or service.course_total, interval_days or service.course_interval_days
            if not count or not interval or count < 1 or interval < 1:
                raise Refused("Укажите, сколько приёмов в курсе и через сколько дней")
            await work.lock_patient(patient_id)
            row = CourseRow(
                id=work.new_id(),
                patient_id=patient_id,
                service_id=service_id,
                title=title,
                total=count,
                interval_days=interval,
                created_at=work.now,
            )
            work.session.add(row)
            await work.session.flush()
            work.audit("course.start", "course", row.id, total=count, interval_days=interval)
            return await _course(work.session, row, work.now.tzinfo)

    async def stop(self, course_id: str, *, by: Actor) -> None:
        """The patient does not go on."""
        async with self._work(by) as work:
            row = await work.session.get(CourseRow, course_id, with_for_update=True)
            if row is None:
                raise NotFound("Курс не найден")
            row.stopped_at = row.stopped_at or work.now
            work.audit("course.stop", "course", course_id)

    async def courses_of(self, patient_id: str) -> Sequence[Course]:
        """The patient's courses that go on, oldest first."""
        query = select(CourseRow).where(CourseRow.patient_id == patient_id, CourseRow.stopped_at.is_(None))
        async with self._read() as session:
            rows = await session.scalars(query.order_by(CourseRow.created_at, CourseRow.id))
            return [await _course(session, row, self._clock.now().tzinfo) for row in rows.all()]

    async def remind(self) -> int:
        """A task for every course whose next visit is due and not booked; returns how many were made or renewed."""
        async with self._read() as session:
            rows = await session.scalars(select(CourseRow).where(CourseRow.stopped_at.is_(None)))
            courses = [await _course(session, row, self._clock.now().tzinfo) for row in rows.all()]
        made = 0
        for course in courses:
            made += await self._remind(course)
        return made

    async def _remind(self, course: Course) -> bool:
        today = self._clock.now().date()
        if course.next_on is None or course.booked or course.next_on > today:
            return False
        async with self._work(SYSTEM) as work:
            await work.lock_patient(course.patient_id)
            need = await work.whole(Need(service_id=course.service_id))
            if await open_task(work, course.patient_id, need.problem):
                return False
            await make_task(
                work,
                type=PLANNED,
                patient_id=course.patient_id,
                need=need,
                comment=f"{course.title}: пора на приём {course.next_number} из {course.total}",
                active_from=today,
                rule="C2",
            )
        return True


async def _course(session: AsyncSession, row: CourseRow, zone: tzinfo | None) -> Course:
    mine = select(func.count(), func.max(VisitRow.starts_at)).where(VisitRow.course_id == row.id)
    done, last = (await session.execute(mine.where(VisitRow.status == VisitStatus.COMPLETED.value))).one()
    booked, _ = (await session.execute(mine.where(VisitRow.status.in_(_COMING)))).one()
    after = last.astimezone(zone).date() + timedelta(days=row.interval_days) if last else None
    start = after or row.created_at.astimezone(zone).date()
    return Course(
        id=row.id,
        patient_id=row.patient_id,
        service_id=row.service_id,
        title=row.title,
        total=row.total,
        done=int(done),
        booked=int(booked),
        interval_days=row.interval_days,
        next_on=None if done + booked >= row.total else start,
    )
