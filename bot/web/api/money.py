"""Payments: demands with a link, money at the desk, what the payment provider says."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.follow_up import Actor, ActorKind
from bot.web.api import bodies, views
from bot.web.api.facts import Payment
from bot.web.api.route import Answer, Call, Route
from crm_bridge.rules.rights import PAYMENTS_WRITE


async def listed(call: Call[None, None]) -> Sequence[Payment]:
    return await call.deps.payments.payments_of(call.id)


async def invoice(call: Call[bodies.Money, None]) -> Payment:
    return await call.deps.payments.invoice(call.id, call.body.amount, by=call.by)


async def pay_at_desk(call: Call[bodies.Money, None]) -> Payment:
    return await call.deps.payments.pay_at_desk(call.id, call.body.amount, by=call.by)


async def link(call: Call[None, None]) -> Payment:
    return await call.deps.payments.by_token(call.id)


async def accept_terms(call: Call[None, None]) -> Payment:
    await call.deps.payments.accept_offer_terms(call.id, by=Actor(kind=ActorKind.PATIENT))
    return await call.deps.payments.by_token(call.id)


async def paid(call: Call[bodies.Paid, None]) -> Payment:
    body = call.body
    return await call.deps.payments.paid(call.id, provider_id=body.provider_id, payer=body.payer, by=call.by)


TAG = "Оплата"
OWN = (("visit", "id"),)
ROUTES = (
    Route(
        method="GET",
        path="/visits/{id}/payments",
        name="listPayments",
        summary="Счета и оплаты приёма",
        tag=TAG,
        handler=listed,
        right=PAYMENTS_WRITE,
        view=views.PaymentView,
        answer=Answer.LIST,
        scope=OWN,
    ),
    Route(
        method="POST",
        path="/visits/{id}/invoices",
        name="invoiceVisit",
        summary="Выставить счёт со ссылкой на оплату",
        tag=TAG,
        handler=invoice,
        right=PAYMENTS_WRITE,
        body=bodies.Money,
        view=views.PaymentView,
        status=201,
        scope=OWN,
    ),
    Route(
        method="POST",
        path="/visits/{id}/payments",
        name="payAtDesk",
        summary="Принять оплату в клинике",
        tag=TAG,
        handler=pay_at_desk,
        right=PAYMENTS_WRITE,
        body=bodies.Money,
        view=views.PaymentView,
        status=201,
        scope=OWN,
    ),
    Route(
        method="GET",
        path="/payment-links/{id}",
        name="openPaymentLink",
        summary="Что видит пациент по ссылке на оплату",
        tag=TAG,
        handler=link,
        public=True,
        view=views.LinkView,
    ),
    Route(
        method="POST",
        path="/payment-links/{id}/accept",
        name="acceptPaymentTerms",
        summary="Пациент принял оферту",
        tag=TAG,
        handler=accept_terms,
        public=True,
        view=views.LinkView,
    ),
    Route(
        method="POST",
        path="/payment-links/{id}/paid",
        name="reportPaid",
        summary="Платёжный сервис сообщает об оплате",
        tag=TAG,
        handler=paid,
        right=PAYMENTS_WRITE,
        body=bodies.Paid,
        view=views.PaymentView,
    ),
)
