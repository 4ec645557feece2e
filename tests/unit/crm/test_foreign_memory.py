"""The in-memory connector keeps what the ports promise: once is once, unknown is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.clock import MOSCOW
from bot.domain.follow_up import LeadStage
from crm_bridge.foreign import (
    BookingRequests,
    BookingWish,
    CallFinished,
    CallStarted,
    Connector,
    CrmEvent,
    ForeignCallJournal,
    ForeignLeads,
    ForeignTask,
    ForeignTasks,
    LeadDraft,
    UntrustedWebhook,
    WebhookReceiver,
    WriteUnknown,
)
from crm_bridge.foreign_memory import MemoryForeign
from crm_bridge.port import CrmUnavailable, NotFound, Refused

NOW = datetime(2026, 11, 23, 10, tzinfo=MOSCOW)
WISH = BookingWish(request_id="r1", full_name="Ким Виктор", phone="+79161110001", wished_at=NOW)


@pytest.fixture
def foreign() -> MemoryForeign:
    return MemoryForeign()


async def test_it_has_every_port(foreign: MemoryForeign) -> None:
    ports: tuple[Connector, BookingRequests, ForeignTasks, ForeignLeads, ForeignCallJournal, WebhookReceiver] = (
        foreign,
    ) * 6
    await ports[0].close()
    assert foreign.closed


async def test_a_wish_twice_is_one_and_is_found(foreign: MemoryForeign) -> None:
    reference = await foreign.request_booking(WISH)
    assert await foreign.request_booking(WISH) == reference == await foreign.find_request("r1")
    assert (foreign.wishes, await foreign.find_request("r2")) == ([WISH], None)


async def test_a_lost_answer_has_been_written_an_outage_has_not(foreign: MemoryForeign) -> None:
    foreign.faults.extend(["down", "refused", "lost"])
    with pytest.raises(CrmUnavailable):
        await foreign.request_booking(WISH)
    with pytest.raises(Refused):
        await foreign.request_booking(WISH)
    assert not foreign.wishes
    with pytest.raises(WriteUnknown):
        await foreign.request_booking(WISH)
    assert foreign.wishes == [WISH]


async def test_leads_calls_and_tasks_take_each_thing_once(foreign: MemoryForeign, tmp_path: Path) -> None:
    foreign.tasks["t"] = ForeignTask(id="t", phone="", full_name="", due_at=NOW, comment="")
    assert await foreign.due_call_tasks(NOW - timedelta(seconds=1)) == []
    call = CallStarted(call_id="c", direction="inbound", number_from="", number_to="", started_at=NOW)
    for _ in range(2):
        lead = await foreign.open_lead(LeadDraft(request_id="l", full_name="", phone="", title="УЗИ"))
        await foreign.move_lead(lead, LeadStage.WON, comment="", reason=None)
        reference = await foreign.call_started(call)
        await foreign.call_finished(reference, CallFinished(call_id="c", ended_at=NOW, duration_s=1, outcome=""))
        await foreign.attach_recording(reference, tmp_path)
        await foreign.complete_task("t", "Записан", "")
    assert [len(lead.steps) for lead in foreign.leads.values()] == [1]
    assert [len(one.recordings) for one in foreign.calls.values()] == [1]
    assert await foreign.due_call_tasks(NOW) == []


async def test_what_it_does_not_have(foreign: MemoryForeign) -> None:
    with pytest.raises(NotFound):
        await foreign.move_lead("нет", LeadStage.WON, comment="", reason=None)
    with pytest.raises(NotFound):
        await foreign.complete_task("нет", "", "")


def test_its_webhooks_are_believed_once_and_only_with_the_secret(foreign: MemoryForeign) -> None:
    event = CrmEvent(key="k", topic="appointment.created", object_id="A", payload={"request_id": "visit:1"})
    sent = foreign.webhook(event)
    with pytest.raises(UntrustedWebhook):
        foreign.parse(replace(sent, headers={}))
    assert foreign.parse(sent) == [event]
    with pytest.raises(UntrustedWebhook):
        foreign.parse(sent)
