"""The table of what is done with holds and visits."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bot.web.api import bodies, queries, views, visits
from bot.web.api.route import Answer, Handler, Route
from crm_bridge.rules.rights import APPROVALS_DOCTOR, APPROVALS_MONEY, VISITS_ATTEND, VISITS_MANAGE, VISITS_READ

TAG = "Приёмы"


def _step(
    path: str,
    name: str,
    summary: str,
    handler: Handler,
    *,
    right: str = VISITS_MANAGE,
    body: type[BaseModel] | None = None,
    audit: str | None = None,
    scope: tuple[tuple[str, str], ...] = (),
    **more: Any,
) -> Route:
    """A step on the way of one visit; the answer is the visit as it now stands."""
    return Route(
        method="POST",
        path=f"/visits/{{id}}/{path}",
        name=name,
        summary=summary,
        tag=TAG,
        handler=handler,
        right=right,
        body=body,
        view=views.VisitView,
        scope=(("visit", "id"), *scope),
        audit=audit,
        **more,
    )


ROUTES = (
    Route(
        method="POST",
        path="/holds",
        name="holdOpening",
        summary="Занять окно на несколько минут",
        tag="Расписание",
        handler=visits.hold,
        right=VISITS_MANAGE,
        body=bodies.TakeHold,
        view=views.HoldView,
        status=201,
        scope=(("opening", "opening_id"),),
    ),
    Route(
        method="DELETE",
        path="/holds/{id}",
        name="releaseHold",
        summary="Вернуть окно",
        tag="Расписание",
        handler=visits.release,
        right=VISITS_MANAGE,
        answer=Answer.NOTHING,
        status=204,
        scope=(("hold", "id"),),
    ),
    Route(
        method="GET",
        path="/visits",
        name="listVisits",
        summary="Приёмы по времени",
        tag=TAG,
        handler=visits.listed,
        right=VISITS_READ,
        query=queries.Visits,
        view=views.VisitView,
        answer=Answer.PAGE,
        order="ts",
        scope=(("branch", "branch_id"),),
    ),
    Route(
        method="POST",
        path="/visits",
        name="bookVisit",
        summary="Записать на занятое окно",
        tag=TAG,
        handler=visits.book,
        right=VISITS_MANAGE,
        body=bodies.BookVisit,
        view=views.VisitView,
        status=201,
        scope=(("hold", "hold_id"),),
    ),
    Route(
        method="GET",
        path="/visits/{id}",
        name="getVisit",
        summary="Приём",
        tag=TAG,
        handler=visits.one,
        right=VISITS_READ,
        view=views.VisitView,
        scope=(("visit", "id"),),
    ),
    _step(
        "move",
        "moveVisit",
        "Перенести на занятое окно",
        visits.move,
        body=bodies.MoveVisit,
        scope=(("hold", "hold_id"),),
    ),
    _step("cancel", "cancelVisit", "Отменить с причиной", visits.cancel, body=bodies.CancelVisit),
    _step("confirm", "confirmVisit", "Пациент подтвердил, что придёт", visits.confirm, audit="visit.confirm"),
    _step("check", "checkVisit", "Данные новой заявки проверены", visits.check),
    _step(
        "approvals/doctor",
        "approveNeed",
        "Согласовать медицинские показания",
        visits.approve_need,
        right=APPROVALS_DOCTOR,
    ),
    _step(
        "approvals/money", "approveMoney", "Согласовать оплату или полис", visits.approve_money, right=APPROVALS_MONEY
    ),
    _step(
        "attend",
        "attendVisit",
        "Приём состоялся: что сделано",
        visits.attend,
        right=VISITS_ATTEND,
        body=bodies.AttendVisit,
        audit="visit.attend",
    ),
    _step("no-show", "missVisit", "Пациент не пришёл", visits.no_show, right=VISITS_ATTEND, audit="visit.no_show"),
    _step("prep-told", "tellPrep", "Подготовка доведена", visits.prep_told, audit="visit.prep_told"),
)
