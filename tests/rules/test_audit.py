"""Who held, released, booked and moved which opening, and who asked not to be called: written with the deed itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.domain.follow_up import BOT, Actor
from crm_bridge.port import OpeningTaken
from tests.rules.house import DOCTOR, NOW, REGISTRAR, House, at


async def told(house: House, subject: str, subject_id: str) -> Sequence[tuple[str, str]]:
    changes = await house.desk.policy.audit_of(subject, subject_id)
    assert all(change.at == house.clock.now() for change in changes)
    return [(change.action, change.actor) for change in changes]


@pytest.mark.parametrize("by", [BOT, REGISTRAR])
async def test_a_hold_and_its_release_are_written_once_each(house: House, by: Actor) -> None:
    opening = await house.opening(at(24, "09:00"))
    hold = await house.clinic.hold(opening, owner="c1", by=by)
    await house.clinic.hold(opening, owner="c1", by=by)
    with pytest.raises(OpeningTaken):
        await house.clinic.hold(opening, owner="c2", by=DOCTOR)
    await house.clinic.release(hold.id, by=by)
    await house.clinic.release(hold.id, by=by)
    assert await told(house, "opening", opening) == [("opening.hold", str(by)), ("opening.release", str(by))]
    [change, _] = await house.desk.policy.audit_of("opening", opening)
    assert change.detail == {"hold": hold.id, "owner": "c1"}


async def test_an_opening_whose_hold_ran_out_is_held_by_another(house: House) -> None:
    opening = await house.opening(at(24, "09:00"))
    await house.clinic.hold(opening, owner="c1")
    house.go_to(at(23, "11:00"))
    await house.clinic.hold(opening, owner="c2", by=REGISTRAR)
    changes = await house.desk.policy.audit_of("opening", opening)
    assert [(change.at, change.detail["owner"]) for change in changes] == [(NOW, "c1"), (at(23, "11:00"), "c2")]


async def test_a_booking_and_a_move_are_written(house: House) -> None:
    visit = await house.book(at(24, "09:00"), by=REGISTRAR)
    await house.move(visit, at(25, "09:00"), by=BOT)
    assert await told(house, "visit", visit.id) == [("visit.book", "staff:registrar"), ("visit.move", "bot")]
    booked, moved = await house.desk.policy.audit_of("visit", visit.id)
    assert booked.detail["opening"] == moved.detail["before"] != moved.detail["after"]


async def test_who_is_not_to_be_called_any_more_is_written_once(house: House) -> None:
    await house.clinic.do_not_call("8 916 555-01-01", call_id="c1")
    await house.clinic.do_not_call("+79165550101", call_id=None, by=REGISTRAR)
    assert await told(house, "phone", "+79165550101") == [("do_not_call.add", "bot")]
