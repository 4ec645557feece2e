"""Robots on SQL: kept, tried on what has happened, and carried out once an event."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.domain.follow_up import PLANNED, Actor, ActorKind, Need
from bot.storage.outbox import OutboxEvent
from bot.storage.tables import OutboxRow
from bot.storage.upsert import insert_if_new
from crm_bridge.local.event_facts import Subject, subject_of
from crm_bridge.local.lead_book import assign_lead
from crm_bridge.local.part import LocalPart
from crm_bridge.local.tables import LeadRow, RobotFiringRow, RobotRow, VisitRow
from crm_bridge.local.task_book import make_task
from crm_bridge.local.work import Work
from crm_bridge.rules.robots import Robot, check, filled, holds

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """What a robot did, or in a dry run would do, on an event."""

    robot_id: str
    event_id: int
    topic: str
    text: str


class LocalRobots(LocalPart):
    """The clinic's own rules."""

    async def save(self, robot: Robot, *, by: Actor) -> None:
        """Keep a robot, new or changed; audited. Raises RobotError."""
        check(robot)
        async with self._work(by) as work:
            await work.session.merge(
                RobotRow(
                    id=robot.id,
                    name=robot.name,
                    trigger=robot.trigger,
                    condition=dict(robot.condition),
                    action=dict(robot.action),
                    active=robot.active,
                )
            )
            work.audit("robot.save", "robot", robot.id, trigger=robot.trigger, active=robot.active)

    async def robots(self) -> Sequence[Robot]:
        """All of them, by name."""
        async with self._read() as session:
            return [_robot(row) for row in await session.scalars(select(RobotRow).order_by(RobotRow.name))]

    async def dry_run(self, robot: Robot, *, limit: int = 1000) -> Sequence[Firing]:
        """What it would have done on the newest events; writes nothing. Raises RobotError."""
        check(robot)
        async with self._read() as session:
            query = select(OutboxRow).where(OutboxRow.topic == robot.trigger)
            rows = (await session.scalars(query.order_by(OutboxRow.id.desc()).limit(limit))).all()
            found = []
            for row in reversed(rows):
                subject = await subject_of(session, row.topic, row.payload, self._clock.now())
                if subject and holds(robot, subject.facts):
                    text = _told(robot, subject.facts)
                    found.append(Firing(robot_id=robot.id, event_id=row.id, topic=row.topic, text=text))
            return found

    async def react(self, event: OutboxEvent) -> Sequence[Firing]:
        """Carry out whatever waits for this event; the same event twice does nothing twice."""
        async with self._read() as session:
            rows = await session.scalars(select(RobotRow).where(RobotRow.trigger == event.topic, RobotRow.active))
            robots = [_robot(row) for row in rows]
        return [firing for robot in robots if (firing := await self._fire(robot, event))]

    async def _fire(self, robot: Robot, event: OutboxEvent) -> Firing | None:
        async with self._work(Actor(kind=ActorKind.SYSTEM, id=robot.id)) as work:
            subject = await subject_of(work.session, event.topic, event.payload, work.now)
            if subject is None or not holds(robot, subject.facts):
                return None
            text = _told(robot, subject.facts)
            new = await insert_if_new(
                work.session, RobotFiringRow, robot_id=robot.id, event_id=event.id, at=work.now, result=text
            )
            if not new:
                return None
            await _act(work, robot, subject)
            logger.info("a robot fired", extra={"robot_id": robot.id, "event_id": event.id})
            return Firing(robot_id=robot.id, event_id=event.id, topic=event.topic, text=text)


async def _act(work: Work, robot: Robot, subject: Subject) -> None:
    [(name, given)] = robot.action.items()
    if name == "create_task":
        await _create_task(work, robot, given, subject)
    elif name == "assign_lead" and subject.lead_id:
        lead = await work.session.get(LeadRow, subject.lead_id, with_for_update=True)
        if lead is not None:
            await assign_lead(work, lead, str(given["owner"]))
    elif name == "add_comment" and subject.visit_id:
        visit = await work.session.get(VisitRow, subject.visit_id, with_for_update=True)
        if visit is not None:
            visit.comment = f"{visit.comment}\n{filled(str(given['comment']), subject.facts)}".strip()


async def _create_task(work: Work, robot: Robot, given: Mapping[str, Any], subject: Subject) -> None:
    if subject.patient_id is None:
        return
    await work.lock_patient(subject.patient_id)
    today = await work.today(None)
    await make_task(
        work,
        type=str(given.get("type", PLANNED)),
        patient_id=subject.patient_id,
        need=subject.need or Need(),
        comment=filled(str(given.get("comment", robot.name)), subject.facts),
        active_from=today + timedelta(days=int(given.get("in_days", 1))),
        rule=f"M14 {robot.name}",
        visit_id=subject.visit_id,
        lead_id=subject.lead_id,
        owner=given.get("owner"),
    )


def _told(robot: Robot, facts: Mapping[str, Any]) -> str:
    [(name, given)] = robot.action.items()
    return f"{name}: {filled(str(given.get('comment', given.get('owner', ''))), facts)}"


def _robot(row: RobotRow) -> Robot:
    return Robot(
        id=row.id, name=row.name, trigger=row.trigger, condition=row.condition, action=row.action, active=row.active
    )
