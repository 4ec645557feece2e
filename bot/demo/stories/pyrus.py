"""Pyrus: one form and one route for every request (rules.md 1.3)."""

from __future__ import annotations

from bot.demo.stories.tale import ACCOUNTANT, DOCTOR, REGISTRAR, Lines, Tale
from bot.domain.clinic import Funding, OpeningQuery
from crm_bridge.local.route import DOCTOR_SIDE, MONEY_SIDE
from crm_bridge.port import Refused
from crm_bridge.rules.route import TITLES

_THERAPIST = OpeningQuery(specialty="терапевт", limit=1)
_BY_POLICY: Lines = {
    "open": [
        "Хочу записаться к терапевту, страховка добровольная.",
        "Запишите меня, пожалуйста, к терапевту, у меня добровольная страховка.",
    ],
    "ask_specialty": ["К терапевту, страховка добровольная."],
}
_MOVES: Lines = {"open": ["Перенесите, пожалуйста, мой приём на другое время.", "Я хочу перенести свой приём."]}


async def pyrus(tale: Tale) -> None:
    """A request from the site is checked; a ДМС visit needs two OKs of two people; moved, missed, reported."""
    patient = await tale.patient()
    tale.step("Заявка с сайта: администратор ещё не проверил данные")
    visit = await tale.book(patient, _THERAPIST, source="site", checked=False)
    tale.check("стадия", TITLES[visit.status], "Новая заявка")
    checked = await tale.clinic.check(visit.id, by=REGISTRAR)
    tale.check("после проверки", TITLES[checked.status], "Подтверждена")
    await _approved(tale)
    tale.step("Время не подошло: переносит в той же карточке")
    await tale.phones_in(patient, _MOVES, "rescheduled")
    moved = await tale.only_visit(patient)
    tale.check("перенесена та же карточка", (moved.id == visit.id, moved.moved), (True, True))
    tale.go_to(moved.ends_at)
    tale.step("Приём состоялся")
    done = await tale.clinic.attend(moved.id, by=DOCTOR)
    tale.check("стадия", TITLES[done.status], "Приём состоялся")


async def _approved(tale: Tale) -> None:
    patient = await tale.patient("Егорова Вера Ивановна", "+79031112244")
    await tale.phones_in(patient, _BY_POLICY, "booked", insists={"ДМС": "Нет, страховка добровольная."})
    visit = await tale.only_visit(patient)
    tale.check("по полису", visit.funding.value, Funding.DMS.value)
    tale.check("стадия", TITLES[visit.status], "Ожидает согласования")
    await tale.clinic.approve(visit.id, DOCTOR_SIDE, by=DOCTOR)
    try:
        await tale.clinic.approve(visit.id, MONEY_SIDE, by=DOCTOR)
        refused = False
    except Refused:
        refused = True
    tale.check("второе согласование от того же врача отклонено", refused, True)
    await tale.clinic.approve(visit.id, MONEY_SIDE, by=ACCOUNTANT)
    tale.check("после второго", TITLES[(await tale.clinic.visit(visit.id)).status], "Подтверждена")
