"""When a message goes out, when again, and what becomes of one that cannot be delivered."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.notify.port import DeliveryError, DeliveryReport, DeliveryState, MessageKind
from bot.notify.service import Step
from tests.unit.notify.office import NOON, Office

MINUTE = timedelta(minutes=1)
DEAD = DeliveryError("SMS-шлюз недоступен", retryable=True)
REFUSED = DeliveryError("SMS-шлюз отказал: код 400", retryable=False)
DELIVERED, FAILED, QUEUED = DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.QUEUED
SENT, WITHDRAWN = DeliveryState.SENT, DeliveryState.WITHDRAWN


async def test_what_is_due_goes_out_once() -> None:
    office = Office()
    await office.add()
    assert await office.tick() == {Step.SENT: 1}
    assert await office.tick() == {}
    message = await office.message()
    assert (message.state, message.attempts, message.provider_id, message.sent_at) == (SENT, 1, "sms-m1", NOON)
    assert [one.id for one in office.messenger.sent] == ["m1"]
    assert office.taken == ["confirmation"]


async def test_what_is_not_due_waits() -> None:
    office = Office()
    await office.add(due_at=NOON + MINUTE)
    assert await office.tick() == {}
    assert await office.wait(MINUTE) == {Step.SENT: 1}


@pytest.mark.parametrize(
    ("hour", "minute", "step"),
    [(20, 59, Step.SENT), (21, 0, Step.QUIET), (8, 59, Step.QUIET), (9, 0, Step.SENT)],
)
async def test_nobody_is_disturbed_at_night(hour: int, minute: int, step: Step) -> None:
    office = Office(now=NOON.replace(hour=hour, minute=minute))
    await office.add()
    assert await office.tick() == {step: 1}


async def test_what_waited_for_the_morning_goes_out_then() -> None:
    office = Office(now=NOON.replace(hour=22))
    await office.add()
    assert await office.tick() == {Step.QUIET: 1}
    morning = NOON.replace(hour=9) + timedelta(days=1)
    waiting = await office.message()
    assert (waiting.quiet_until, waiting.attempts, waiting.state) == (morning, 0, QUEUED)
    assert await office.wait(timedelta(hours=10, minutes=59)) == {}
    assert await office.wait(MINUTE) == {Step.SENT: 1}


async def test_the_patients_night_counts() -> None:
    office = Office()
    await office.add(zone="America/Anchorage")
    assert await office.tick() == {Step.QUIET: 1}


async def test_an_urgent_one_passes_at_night() -> None:
    office = Office(now=NOON.replace(hour=3))
    await office.add(urgent=True)
    assert await office.tick() == {Step.SENT: 1}


async def test_what_would_be_of_no_use_in_the_morning_is_withdrawn() -> None:
    office = Office(now=NOON.replace(hour=22))
    await office.add(expires_at=NOON.replace(hour=9) + timedelta(days=1))
    assert await office.tick() == {Step.WITHDRAWN: 1}
    message = await office.message()
    assert (message.state, message.error) == (WITHDRAWN, "quiet_hours")


async def test_a_dead_gateway_is_asked_again_with_longer_waits_and_leaves_one_task() -> None:
    office = Office(*[DEAD] * 5)
    await office.add()
    assert await office.tick() == {Step.AGAIN: 1}
    for minutes in (1, 5, 15):
        assert await office.wait(timedelta(minutes=minutes) - timedelta(seconds=1)) == {}
        assert await office.wait(timedelta(seconds=1)) == {Step.AGAIN: 1}
        assert office.tasks == []
    assert await office.wait(timedelta(hours=1)) == {Step.FAILED: 1}
    assert office.tasks == [("m1", "SMS-шлюз недоступен")]
    message = await office.message()
    assert (message.state, message.attempts, message.error) == (FAILED, 5, "SMS-шлюз недоступен")
    assert await office.wait(timedelta(days=1)) == {}


async def test_a_gateway_that_comes_back_gets_the_message() -> None:
    office = Office(DEAD)
    await office.add()
    await office.tick()
    assert await office.wait(MINUTE) == {Step.SENT: 1}
    assert (office.tasks, (await office.message()).error) == ([], None)


async def test_a_refusal_is_peoples_at_once() -> None:
    office = Office(REFUSED)
    await office.add()
    assert await office.tick() == {Step.FAILED: 1}
    assert office.tasks == [("m1", "SMS-шлюз отказал: код 400")]


@pytest.mark.parametrize(("asked", "waits"), [(30, 60), (600, 600), (86_400, 3600)])
async def test_the_gateways_own_patience_counts_within_reason(asked: int, waits: int) -> None:
    office = Office(DeliveryError("занят", retryable=True, retry_after=timedelta(seconds=asked)))
    await office.add()
    await office.tick()
    assert (await office.message()).due_at == NOON + timedelta(seconds=waits)


async def test_a_fault_of_an_adapter_is_tried_again_like_an_outage() -> None:
    office = Office(KeyError("+79161110001"))
    await office.add()
    assert await office.tick() == {Step.AGAIN: 1}
    assert (await office.message()).error == "Сбой отправки (KeyError)"


async def test_a_kind_without_a_messenger_leaves_a_task() -> None:
    office = Office()
    await office.add(kind=MessageKind.EMAIL)
    assert await office.tick() == {Step.FAILED: 1}
    assert office.tasks == [("m1", "Не настроена отправка: email")]


async def test_a_task_that_could_not_be_made_is_made_later() -> None:
    office = Office(*[DEAD] * 5)
    await office.add()
    for wait in (0, 1, 5, 15):
        await office.wait(timedelta(minutes=wait))
    office.task_faults = [ConnectionError("database"), ConnectionError("database")]
    assert await office.wait(timedelta(hours=1)) == {Step.AGAIN: 1}
    assert await office.wait(timedelta(minutes=5)) == {Step.AGAIN: 1}
    assert office.tasks == []
    assert await office.wait(timedelta(minutes=5)) == {Step.FAILED: 1}
    assert office.tasks == [("m1", "SMS-шлюз недоступен")]
    assert office.messenger.sent == []


async def test_an_attempt_whose_process_died_is_made_again_after_its_lease() -> None:
    office = Office()
    await office.add()
    assert await office.store.claim(await office.message(), until=NOON + timedelta(minutes=5))
    assert await office.wait(timedelta(minutes=4)) == {}
    assert await office.wait(MINUTE) == {Step.SENT: 1}
    assert (await office.message()).attempts == 2


async def test_a_message_is_claimed_by_one() -> None:
    office = Office()
    await office.add()
    seen = await office.message()
    assert await office.store.claim(seen, until=NOON + MINUTE)
    assert not await office.store.claim(seen, until=NOON + MINUTE)


async def test_what_slept_too_long_is_withdrawn_in_silence() -> None:
    office = Office()
    await office.add(expires_at=NOON + MINUTE)
    assert await office.wait(MINUTE) == {Step.WITHDRAWN: 1}
    assert office.tasks == []


async def test_what_was_tried_in_vain_until_too_late_is_peoples() -> None:
    office = Office(DEAD)
    await office.add(expires_at=NOON + MINUTE)
    await office.tick()
    assert await office.wait(MINUTE) == {Step.FAILED: 1}
    assert office.tasks == [("m1", "SMS-шлюз недоступен")]


async def test_an_urgent_one_that_was_never_tried_is_peoples() -> None:
    office = Office()
    await office.add(urgent=True, expires_at=NOON + MINUTE)
    assert await office.wait(MINUTE) == {Step.FAILED: 1}
    assert office.tasks == [("m1", "Не отправлено вовремя")]


async def test_one_fault_does_not_keep_the_others() -> None:
    office = Office(DEAD)
    await office.add()
    await office.add(id="m2", recipient="+79161110002")
    assert await office.tick() == {Step.AGAIN: 1, Step.SENT: 1}


async def test_urgent_ones_go_first() -> None:
    office = Office()
    await office.add(due_at=NOON - MINUTE)
    await office.add(id="m2", urgent=True)
    assert [one.id for one in await office.store.due(NOON)] == ["m2", "m1"]


async def test_reports_close_what_was_sent() -> None:
    office = Office()
    await office.add()
    await office.tick()
    assert await office.service.reported(DeliveryReport(provider_id="sms-m1", state=DELIVERED))
    assert (await office.message()).state is DELIVERED
    await office.service.reported(DeliveryReport(provider_id="sms-m1", state=FAILED, error="x"))
    assert ((await office.message()).state, office.tasks) == (DELIVERED, [])
    assert not await office.service.reported(DeliveryReport(provider_id="other", state=DELIVERED))


async def test_a_report_of_failure_leaves_one_task() -> None:
    office = Office()
    await office.add()
    await office.tick()
    for _ in range(2):
        await office.service.reported(DeliveryReport(provider_id="m1", state=FAILED, error="Оператор не доставил"))
    assert (await office.message()).state is FAILED
    assert office.tasks == [("m1", "Оператор не доставил")]


async def test_a_notice_that_was_seen_is_not_shown_again() -> None:
    office = Office()
    await office.add(kind=MessageKind.STAFF, recipient="doctor:d1", state=SENT)
    assert len(await office.store.notices("doctor:d1")) == 1
    await office.service.seen("m1")
    assert await office.store.notices("doctor:d1") == []
    assert len(await office.store.notices("doctor:d1", seen=True)) == 1


async def test_what_is_old_is_forgotten_and_what_waits_is_not() -> None:
    office = Office()
    await office.add()
    await office.tick()
    await office.add(id="m2", due_at=NOON + timedelta(days=400))
    office.clock.advance(timedelta(days=366))
    assert await office.service.forget() == 1
    assert await office.store.get("m2") is not None


async def test_logs_name_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    office = Office(KeyError("+79161110001"), REFUSED)
    await office.add()
    office.task_faults = [ValueError("Сидорова +79161110001")]
    await office.tick()
    await office.wait(MINUTE)
    assert len(caplog.records) >= 3
    for record in caplog.records:
        assert "7916" not in str(record.__dict__)
        assert "Сидорова" not in str(record.__dict__)
        assert record.exc_info is None


async def test_it_sends_until_it_is_closed() -> None:
    office = Office()
    await office.add()
    await office.service.start()
    while not office.taken:
        await asyncio.sleep(0)
    await office.service.close()
    await office.service.close()
    assert (await office.message()).state is SENT
