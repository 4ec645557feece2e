"""Looking over: reports, what is overdue, a patient's history and courses."""

from __future__ import annotations

from collections.abc import Sequence

from bot.web.api import bodies, overview_views, queries
from bot.web.api.facts import Behaviour, Course, Moment, Overdue, Report
from bot.web.api.route import Answer, Call, Route
from bot.web.problems import Problem
from crm_bridge.rules.rights import PATIENTS_READ, REPORTS_READ, VISITS_MANAGE, VISITS_READ


async def report(call: Call[None, queries.Period]) -> Report:
    """Who works in some branches only asks for one of them: the totals are of what may be seen."""
    query = call.query
    if call.who.branches and query.branch_id is None:
        raise Problem(403, "Укажите филиал", "Вам доступны не все филиалы: передайте branch_id одного из своих.")
    return await call.deps.reports.report(call.id, query.start, query.end, query.branch_id)


async def overdue(call: Call[None, None]) -> Sequence[Overdue]:
    return await call.deps.control.overdue(reader=call.who)


async def timeline(call: Call[None, None]) -> Sequence[Moment]:
    await call.deps.registers.patient(call.id)
    return await call.deps.control.timeline(call.id, reader=call.who)


async def behaviour(call: Call[None, None]) -> Behaviour:
    await call.deps.registers.patient(call.id)
    return await call.deps.control.behaviour(call.id)


async def courses(call: Call[None, None]) -> Sequence[Course]:
    return await call.deps.courses.courses_of(call.id)


async def start(call: Call[bodies.StartCourse, None]) -> Course:
    body = call.body
    return await call.deps.courses.start(
        patient_id=body.patient_id,
        service_id=body.service_id,
        title=body.title,
        total=body.total,
        interval_days=body.interval_days,
        by=call.by,
    )


async def stop(call: Call[None, None]) -> None:
    await call.deps.courses.stop(call.id, by=call.by)


REPORTS, COURSES = "Отчёты и контроль", "Курсы"
ROUTES = (
    Route(
        method="GET",
        path="/reports/{id}",
        name="getReport",
        summary="Отчёт за период; итоги равны сумме строк",
        tag=REPORTS,
        handler=report,
        right=REPORTS_READ,
        query=queries.Period,
        view=overview_views.ReportView,
        scope=(("branch", "branch_id"),),
    ),
    Route(
        method="GET",
        path="/overdue",
        name="listOverdue",
        summary="Просроченное: задачи, лиды, заявки, нерешённые отмены",
        tag=REPORTS,
        handler=overdue,
        right=REPORTS_READ,
        view=overview_views.OverdueView,
        answer=Answer.LIST,
    ),
    Route(
        method="GET",
        path="/patients/{id}/timeline",
        name="getTimeline",
        summary="Всё, что было с пациентом",
        tag="Пациенты",
        handler=timeline,
        right=PATIENTS_READ,
        view=overview_views.MomentView,
        answer=Answer.LIST,
    ),
    Route(
        method="GET",
        path="/patients/{id}/behaviour",
        name="getBehaviour",
        summary="Неявки, отмены, опоздания, каналы",
        tag="Пациенты",
        handler=behaviour,
        right=PATIENTS_READ,
        view=overview_views.BehaviourView,
    ),
    Route(
        method="GET",
        path="/patients/{id}/courses",
        name="listCourses",
        summary="Курсы пациента: который из скольких",
        tag=COURSES,
        handler=courses,
        right=VISITS_READ,
        view=overview_views.CourseView,
        answer=Answer.LIST,
    ),
    Route(
        method="POST",
        path="/courses",
        name="startCourse",
        summary="Начать курс",
        tag=COURSES,
        handler=start,
        right=VISITS_MANAGE,
        body=bodies.StartCourse,
        view=overview_views.CourseView,
        status=201,
        scope=(("service", "service_id"),),
        audit="course.start",
    ),
    Route(
        method="POST",
        path="/courses/{id}/stop",
        name="stopCourse",
        summary="Прекратить курс",
        tag=COURSES,
        handler=stop,
        right=VISITS_MANAGE,
        answer=Answer.NOTHING,
        status=204,
        audit="course.stop",
    ),
)
