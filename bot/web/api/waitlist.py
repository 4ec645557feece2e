"""The waiting list: who waits for an opening, what is offered, what was answered."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.clinic import Visit
from bot.domain.follow_up import Need, WaitlistEntry, Wish
from bot.web.api import bodies, queries, views
from bot.web.api.facts import Offer
from bot.web.api.route import Answer, Call, Route
from crm_bridge.paging import Page
from crm_bridge.rules.rights import VISITS_MANAGE, VISITS_READ


async def listed(call: Call[None, queries.OfPatient]) -> Page[WaitlistEntry]:
    return await call.deps.registers.waitlist(call.asked(), patient_id=call.query.patient_id)


async def one(call: Call[None, None]) -> WaitlistEntry:
    return await call.deps.registers.entry(call.id)


async def join(call: Call[bodies.JoinWaitlist, None]) -> WaitlistEntry:
    body = call.body
    wish = Wish(
        weekdays=frozenset(body.wish.weekdays),
        days=frozenset(body.wish.days),
        time_from=body.wish.time_from,
        time_to=body.wish.time_to,
    )
    return await call.deps.waitlist.add_to_waitlist(
        patient_id=body.patient_id,
        need=Need(**body.need.model_dump()),
        comment=body.comment,
        by=call.by,
        type=body.type,
        wish=wish,
        phone=body.phone,
        branch_id=body.branch_id,
        valid_to=body.valid_to,
        acute=body.acute,
        visit_id=body.visit_id,
        close_task_id=body.close_task_id,
    )


async def close(call: Call[bodies.CloseWaitlist, None]) -> WaitlistEntry:
    await call.deps.waitlist.close_waitlist(call.id, call.body.outcome, by=call.by)
    return await call.deps.registers.entry(call.id)


async def offer(call: Call[None, None]) -> Sequence[Offer]:
    made = await call.deps.waitlist.offer_openings(by=call.by)
    return [one for one in made if call.who.reaches(one.opening.branch_id)]


async def accept(call: Call[None, None]) -> Visit:
    return await call.deps.waitlist.accept_offer(call.id, by=call.by)


async def decline(call: Call[None, None]) -> WaitlistEntry:
    return await call.deps.waitlist.decline_offer(call.id, by=call.by)


TAG = "Лист ожидания"
OWN = (("waitlist", "id"),)
ROUTES = (
    Route(
        method="GET",
        path="/waitlist",
        name="listWaitlist",
        summary="Кто ждёт, дольше всех ждущие первыми",
        tag=TAG,
        handler=listed,
        right=VISITS_READ,
        query=queries.OfPatient,
        view=views.WaitView,
        answer=Answer.PAGE,
        order="ts",
    ),
    Route(
        method="POST",
        path="/waitlist",
        name="joinWaitlist",
        summary="Записать в лист ожидания",
        tag=TAG,
        handler=join,
        right=VISITS_MANAGE,
        body=bodies.JoinWaitlist,
        view=views.WaitView,
        status=201,
        scope=(("branch", "branch_id"), ("visit", "visit_id"), ("task", "close_task_id")),
        audit="waitlist.join",
    ),
    Route(
        method="GET",
        path="/waitlist/{id}",
        name="getWaitlistEntry",
        summary="Запись листа ожидания",
        tag=TAG,
        handler=one,
        right=VISITS_READ,
        view=views.WaitView,
        scope=OWN,
    ),
    Route(
        method="POST",
        path="/waitlist/{id}/close",
        name="closeWaitlistEntry",
        summary="Больше не ждёт",
        tag=TAG,
        handler=close,
        right=VISITS_MANAGE,
        body=bodies.CloseWaitlist,
        view=views.WaitView,
        scope=OWN,
        audit="waitlist.close",
    ),
    Route(
        method="POST",
        path="/waitlist/{id}/accept",
        name="acceptOffer",
        summary="Согласен на предложенное окно",
        tag=TAG,
        handler=accept,
        right=VISITS_MANAGE,
        view=views.VisitView,
        scope=OWN,
        audit="waitlist.accept",
    ),
    Route(
        method="POST",
        path="/waitlist/{id}/decline",
        name="declineOffer",
        summary="Предложенное окно не подходит, ждёт дальше",
        tag=TAG,
        handler=decline,
        right=VISITS_MANAGE,
        view=views.WaitView,
        scope=OWN,
        audit="waitlist.decline",
    ),
    Route(
        method="POST",
        path="/waitlist-offers",
        name="offerOpenings",
        summary="Предложить свободные окна ждущим, не дожидаясь очередного обхода",
        tag=TAG,
        handler=offer,
        right=VISITS_MANAGE,
        view=views.OfferView,
        answer=Answer.LIST,
        audit="waitlist.offer",
    ),
)
