"""Tasks: a patient needs a visit, not now; or something else is to be done."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.follow_up import ClinicTask, Need, TaskType
from bot.web.api import bodies, queries, views
from bot.web.api.route import Answer, Call, Route
from crm_bridge.paging import Page
from crm_bridge.rules.rights import LEADS_ASSIGN, SETTINGS_WRITE, VISITS_MANAGE, VISITS_READ


async def listed(call: Call[None, queries.Tasks]) -> Page[ClinicTask]:
    query = call.query
    return await call.deps.registers.tasks(
        call.asked(),
        owner=query.owner,
        type=query.type,
        status=query.status,
        patient_id=query.patient_id,
        active_by=query.active_by,
        reader=call.who,
    )


async def one(call: Call[None, None]) -> ClinicTask:
    return await _seen(call)


async def _seen(call: Call[object, None]) -> ClinicTask:
    """The task, if whoever asks may know of it: a low rating is the director's (C20)."""
    return await call.deps.tasks.clinic_task(call.id, reader=call.who)


async def create(call: Call[bodies.CreateTask, None]) -> ClinicTask:
    body = call.body
    return await call.deps.tasks.create_task(
        patient_id=body.patient_id,
        need=Need(**body.need.model_dump()),
        comment=body.comment,
        by=call.by,
        type=body.type,
        active_from=body.active_from,
        in_days=body.in_days,
        owner=body.owner,
        visit_id=body.visit_id,
    )


async def postpone(call: Call[bodies.PostponeTask, None]) -> ClinicTask:
    await _seen(call)
    return await call.deps.tasks.postpone(call.id, call.body.active_from, by=call.by, comment=call.body.comment)


async def complete(call: Call[bodies.CompleteTask, None]) -> ClinicTask:
    await _seen(call)
    return await call.deps.tasks.complete(call.id, call.body.outcome, by=call.by, reason_id=call.body.reason_id)


async def give(call: Call[bodies.Assign, None]) -> ClinicTask:
    await _seen(call)
    return await call.deps.tasks.give(call.id, call.body.owner, by=call.by)


async def types(call: Call[None, None]) -> Sequence[TaskType]:
    return await call.deps.tasks.task_types()


async def add_type(call: Call[bodies.AddTaskType, None]) -> TaskType:
    body = call.body
    return await call.deps.tasks.add_task_type(body.id, body.title, by=call.by, priority=body.priority)


TAG = "Задачи"
OWN = (("task", "id"),)
ROUTES = (
    Route(
        method="GET",
        path="/tasks",
        name="listTasks",
        summary="Задачи по дню, с которого они актуальны",
        tag=TAG,
        handler=listed,
        right=VISITS_READ,
        query=queries.Tasks,
        view=views.TaskView,
        answer=Answer.PAGE,
        order="ds",
    ),
    Route(
        method="POST",
        path="/tasks",
        name="createTask",
        summary="Поставить задачу",
        tag=TAG,
        handler=create,
        right=VISITS_MANAGE,
        body=bodies.CreateTask,
        view=views.TaskView,
        status=201,
        scope=(("visit", "visit_id"),),
        audit="task.create",
    ),
    Route(
        method="GET",
        path="/tasks/{id}",
        name="getTask",
        summary="Задача",
        tag=TAG,
        handler=one,
        right=VISITS_READ,
        view=views.TaskView,
        scope=OWN,
    ),
    Route(
        method="POST",
        path="/tasks/{id}/postpone",
        name="postponeTask",
        summary="Отложить задачу",
        tag=TAG,
        handler=postpone,
        right=VISITS_MANAGE,
        body=bodies.PostponeTask,
        view=views.TaskView,
        scope=OWN,
        audit="task.postpone",
    ),
    Route(
        method="POST",
        path="/tasks/{id}/complete",
        name="completeTask",
        summary="Закрыть задачу с итогом",
        tag=TAG,
        handler=complete,
        right=VISITS_MANAGE,
        body=bodies.CompleteTask,
        view=views.TaskView,
        scope=OWN,
        audit="task.complete",
    ),
    Route(
        method="POST",
        path="/tasks/{id}/assign",
        name="assignTask",
        summary="Передать задачу сотруднику или bot",
        tag=TAG,
        handler=give,
        right=LEADS_ASSIGN,
        body=bodies.Assign,
        view=views.TaskView,
        scope=OWN,
    ),
    Route(
        method="GET",
        path="/task-types",
        name="listTaskTypes",
        summary="Типы задач",
        tag=TAG,
        handler=types,
        view=views.TaskTypeView,
        answer=Answer.LIST,
    ),
    Route(
        method="POST",
        path="/task-types",
        name="addTaskType",
        summary="Добавить свой тип задач",
        tag=TAG,
        handler=add_type,
        right=SETTINGS_WRITE,
        body=bodies.AddTaskType,
        view=views.TaskTypeView,
        status=201,
    ),
)
