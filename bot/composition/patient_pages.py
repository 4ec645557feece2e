"""The patients' pages over the bundled clinic: bills by their tokens, visits by the signature of their links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.clinic import VisitStatus
from bot.domain.clock import Clock
from bot.domain.follow_up import Actor, ActorKind
from bot.notify.facts import LocalMessageFacts
from bot.notify.links import rated_visit
from bot.notify.port import VisitFacts
from bot.settings import Settings
from bot.web.patient_pages.limit import RateLimit
from bot.web.patient_pages.ports import Bill, BillState, PatientPages, RatedVisit
from crm_bridge.local.desk import LocalDesk
from crm_bridge.local.payments import LocalPayments
from crm_bridge.local.ratings import LocalRatings
from crm_bridge.port import IllegalStep, NotFound

PATIENT = Actor(kind=ActorKind.PATIENT)
RATED_WITHIN = timedelta(days=30)
"""How long after a visit its link takes a rating."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBills:
    """Demands of the bundled clinic, paid by the local provider: the patient's word is all it asks for."""

    payments: LocalPayments
    facts: LocalMessageFacts

    async def bill(self, token: str) -> Bill:
        payment = await self.payments.by_token(token)
        facts = await self.facts.visit(payment.visit_id) if payment.visit_id else None
        state = BillState(payment.status)
        if facts is None:
            return Bill(state=state, amount=payment.amount, clinic="", paid_at=payment.paid_at)
        zone, visit = ZoneInfo(facts.branch.timezone), facts.visit
        waits = visit.status is VisitStatus.AWAITING_PAYMENT
        return Bill(
            state=state,
            amount=payment.amount,
            clinic=facts.clinic,
            address=facts.branch.address,
            starts_at=visit.starts_at.astimezone(zone),
            until=_local(visit.deadline_at, zone) if waits else None,
            paid_at=_local(payment.paid_at, zone),
        )

    async def pay(self, token: str) -> None:
        """The offer is accepted, then the money is taken; a provider's id of the demand's own makes it once."""
        payment = await self.payments.by_token(token)
        if payment.status == BillState.VOID:
            raise IllegalStep("Эта ссылка на оплату больше не действует")
        await self.payments.accept_offer_terms(token, by=PATIENT)
        await self.payments.paid(token, provider_id=f"local:{payment.id}", by=PATIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRatingLinks:
    """Visits of the bundled clinic by their signed links."""

    ratings: LocalRatings
    facts: LocalMessageFacts
    clock: Clock
    secret: str

    async def visit(self, token: str) -> RatedVisit:
        facts = await self._facts(token)
        visit = facts.visit
        fresh = self.clock.now() - visit.ends_at < RATED_WITHIN
        return RatedVisit(
            clinic=facts.clinic,
            starts_at=visit.starts_at.astimezone(ZoneInfo(facts.branch.timezone)),
            rated=await self.ratings.is_rated(visit.id),
            open=fresh and visit.status is VisitStatus.COMPLETED,
        )

    async def rate(self, token: str, score: int, text: str) -> None:
        visit = (await self._facts(token)).visit
        await self.ratings.rate(visit.id, score, text=text, by=PATIENT, once=True)

    async def _facts(self, token: str) -> VisitFacts:
        visit_id = rated_visit(self.secret, token)
        facts = await self.facts.visit(visit_id) if visit_id else None
        if facts is None:
            raise NotFound("Приём не найден")
        return facts


def patient_pages(desk: LocalDesk, clock: Clock, settings: Settings) -> PatientPages:
    """The pages' ports over the clinic's desk."""
    ground, notify = desk.clinic.ground, settings.notify
    facts = LocalMessageFacts(ground)
    return PatientPages(
        bills=LocalBills(payments=desk.payments, facts=facts),
        ratings=LocalRatingLinks(ratings=LocalRatings(ground), facts=facts, clock=clock, secret=notify.link_secret),
        limit=RateLimit(clock),
        phone=settings.clinic.phone,
        offer_url=notify.offer_url,
        pays=notify.payment == "local",
        behind_proxy=settings.api.https,
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None
