"""What patients said of their visits: written by patient or bot, read by the director, who gets the low ones (C20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.domain.clinic import VisitStatus
from bot.domain.follow_up import Actor
from crm_bridge.local.booking import lock_visit
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import ClinicTaskRow, RatingRow, TaskTypeRow, VisitRow
from crm_bridge.local.task_book import OPEN, first_phone
from crm_bridge.local.work import Work
from crm_bridge.port import IllegalStep, NotFound, Refused
from crm_bridge.rules.rights import DIRECTOR_OWNER, RATING_TASK, RATINGS_READ, Identity

LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """From one to five, and words."""

    visit_id: str
    patient_id: str
    score: int
    text: str
    at: datetime


class LocalRatings(LocalPart):
    """Ratings on SQL."""

    async def rate(
        self,
        visit_id: str,
        score: int,
        *,
        by: Actor,
        text: str = "",
        call_id: str | None = None,
        once: bool = False,
    ) -> None:
        """The patient's rating of a visit that took place; a second one replaces the first, or with `once` is refused.

        One that is low by `rating.director_at_or_below` makes a task for the director at once. Nothing is given back:
        who writes a rating need not be allowed to read it.
        """
        if not LOWEST <= score <= HIGHEST:
            raise Refused(f"Оценка — целое число от {LOWEST} до {HIGHEST}")
        async with self._work(by, call_id) as work:
            visit = await lock_visit(work.session, visit_id)
            if visit.status != VisitStatus.COMPLETED:
                raise IllegalStep("Оценить можно только состоявшийся приём")
            if once and await work.session.get(RatingRow, visit_id) is not None:
                raise Refused("Оценка этого приёма уже получена")
            row = RatingRow(visit_id=visit_id, patient_id=visit.patient_id, score=score, text=text.strip(), at=work.now)
            await work.session.merge(row)
            await work.session.flush()
            # the score itself stays out of the audit, which others than the director read
            work.audit("rating.write", "rating", visit_id)
            work.publish("rating.written", visit_id=visit_id)
            if score <= work.settings.rating_director_at:
                await _tell_director(work, visit)

    async def is_rated(self, visit_id: str) -> bool:
        """Whether there is a rating, whatever it says."""
        async with self._read() as session:
            return await session.get(RatingRow, visit_id) is not None

    async def rating(self, visit_id: str, *, reader: Identity) -> Rating:
        """Raises Refused for everybody but the director and whom he let, NotFound."""
        if not reader.may(RATINGS_READ):
            raise Refused("Оценки видит только директор")
        async with self._work(reader.actor) as work:
            row = await work.session.get(RatingRow, visit_id)
            if row is None:
                raise NotFound("Оценки этого приёма нет")
            work.audit("rating.read", "rating", visit_id)
            return rating_of(row)


async def _tell_director(work: Work, visit: VisitRow) -> None:
    """One open task a visit; it says where to look, not what was said, for a registrar may see the task's row."""
    known = select(ClinicTaskRow.id).where(
        ClinicTaskRow.visit_id == visit.id, ClinicTaskRow.type == RATING_TASK, ClinicTaskRow.status == OPEN
    )
    if await work.session.scalar(known):
        return
    if await work.session.get(TaskTypeRow, RATING_TASK) is None:
        work.session.add(TaskTypeRow(id=RATING_TASK, title="Оценка приёма", priority=1, active=True))
    comment = "Посмотрите оценку приёма и позвоните пациенту"
    row = ClinicTaskRow(
        id=work.new_id(),
        type=RATING_TASK,
        patient_id=visit.patient_id,
        phone=await first_phone(work, visit.patient_id),
        comment=comment,
        active_from=await work.today(visit.branch_id),
        owner=DIRECTOR_OWNER,
        status=OPEN,
        visit_id=visit.id,
        made_by=str(work.by),
        history=[work.note("C20", comment)],
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    work.publish("task.created", task_id=row.id)


def rating_of(row: RatingRow) -> Rating:
    """The rating of a row."""
    return Rating(visit_id=row.visit_id, patient_id=row.patient_id, score=row.score, text=row.text, at=row.at)
