"""Services in memory: at which openings they are given, who pays for them and how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.clinic import Funding, Opening, OpeningQuery, Service
from crm_bridge.names import fold
from crm_bridge.port import NotFound, Refused
from crm_bridge.rules.refusals import NO_SERVICE


def suits_service(opening: Opening, query: OpeningQuery, services: Sequence[Service]) -> bool:
    """Whether the wanted service is given there: at its own opening, or by a doctor of its specialty who has the time.

    An opening that has a service of its own is also held to the query's payer.
    """
    wanted = [] if query.service is None else list(_named(query.service, services))
    own = opening.service
    if query.service is not None and own not in wanted and not any(_performs(opening, one) for one in wanted):
        return False
    service = own or next((one for one in wanted if one.specialty), None)
    if service is None:
        return True
    paid_so = query.funding is None or query.funding in service.fundings
    return paid_so and (own is not None or _long_enough(opening, service))


def service_there(
    services: Sequence[Service], opening: Opening, wanted: str | None, funding: Funding
) -> Service | None:
    """The service that is booked at an opening. Raises NotFound, or Refused where it does not fit there."""
    service = opening.service if wanted is None else next((one for one in services if one.id == wanted), None)
    if service is None:
        if wanted is not None:
            raise NotFound(NO_SERVICE)
        return None
    if funding not in service.fundings:
        raise Refused("Эта услуга так не оплачивается: выберите другой способ оплаты")
    if opening.doctor is not None and service.specialty and service.specialty != opening.doctor.specialty:
        raise Refused("Этот врач такую услугу не оказывает")
    if not _long_enough(opening, service):
        raise Refused("Окно короче, чем нужно для этой услуги")
    return service


def price_of(service: Service | None, funding: Funding) -> int:
    """What the patient pays: over a policy nothing unless the clinic has set a price."""
    if service is None:
        return 0
    return (service.price or 0) if funding is Funding.PAID else service.prices.get(funding.value, 0)


def _named(name: str, services: Iterable[Service]) -> Iterable[Service]:
    return (one for one in services if name == one.id or fold(one.name) == fold(name))


def _performs(opening: Opening, service: Service) -> bool:
    return opening.doctor is not None and opening.doctor.specialty == service.specialty


def _long_enough(opening: Opening, service: Service) -> bool:
    return (opening.ends_at - opening.starts_at).total_seconds() >= service.duration_min * 60
