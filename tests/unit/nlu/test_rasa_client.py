"""Rasa's HTTP API as recorded from the real service, and everything that may come instead."""

import socket

import pytest

from dialogs.nlu.rasa_client import FaultKind, RasaClient, RasaFault
from dialogs.port import Intent
from tests.fakes.rasa import RECORDED, TOKEN, RecordedRasa, ranked

UNHURRIED_S = 20.0
"""No test of an answer may fail on a slow machine."""
TEXT = "запишите меня к терапевту на завтра"


@pytest.fixture
async def rasa():
    return RecordedRasa()


@pytest.fixture
async def client(rasa):
    async with rasa.serving() as url:
        client = RasaClient(url, TOKEN, timeout_s=UNHURRIED_S)
        yield client
        await client.close()


async def fault_of(answer) -> FaultKind:
    with pytest.raises(RasaFault) as raised:
        await answer
    assert TOKEN not in str(raised.value)
    return raised.value.kind


async def test_a_recorded_ranking_has_every_intent_and_sums_to_one(client, rasa):
    ranking = await client.parse(TEXT)
    assert rasa.asked == [TEXT]
    assert ranking[0][0] == Intent.BOOK_APPOINTMENT
    assert {name for name, _ in ranking} == set(Intent)
    assert sum(p for _, p in ranking) == pytest.approx(1.0)
    assert [p for _, p in ranking] == sorted((p for _, p in ranking), reverse=True)


async def test_the_recorded_status_names_the_model(client):
    assert (await client.status()).model.startswith("rasa-")


async def test_labels_that_are_left_out_get_nothing(client, rasa):
    rasa.says = ranked(affirm=0.6, deny=0.2)
    ranking = dict(await client.parse(TEXT))
    assert ranking["affirm"] == pytest.approx(0.75)
    assert ranking["spam"] == 0.0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("это не JSON", FaultKind.NONSENSE),
        ("[]", FaultKind.NONSENSE),
        ({"text": "x"}, FaultKind.NONSENSE),
        (ranked(), FaultKind.NONSENSE),
        ({"intent_ranking": [{"name": "affirm", "confidence": "много"}]}, FaultKind.NONSENSE),
        ('{"intent_ranking": [{"name": "affirm", "confidence": NaN}]}', FaultKind.NONSENSE),
        (ranked(affirm=7.0), FaultKind.NONSENSE),
        (ranked(affirm=-0.5), FaultKind.NONSENSE),
        (ranked(affirm=0.0), FaultKind.NONSENSE),
        (ranked(affirm=0.9, order_pizza=0.1), FaultKind.OTHER_LABELS),
        (ranked(nlu_fallback=0.9), FaultKind.OTHER_LABELS),
    ],
)
async def test_an_answer_that_is_no_ranking_of_ours(client, rasa, answer, kind):
    rasa.says = answer
    assert await fault_of(client.parse(TEXT)) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, FaultKind.BROKEN), (503, FaultKind.BROKEN), (409, FaultKind.NO_MODEL), (404, FaultKind.NONSENSE),
     (302, FaultKind.NONSENSE), (403, FaultKind.REFUSED)],
)  # fmt: skip
async def test_a_status_that_is_not_200(client, rasa, status, kind):
    rasa.status = status
    assert await fault_of(client.parse(TEXT)) is kind
    assert await fault_of(client.status()) is kind


async def test_a_wrong_token_is_told_apart(rasa):
    async with rasa.serving() as url:
        client = RasaClient(url, "another-token-12345", timeout_s=UNHURRIED_S)
        assert await fault_of(client.parse(TEXT)) is FaultKind.REFUSED
        await client.close()
    assert rasa.asked == []


async def test_a_service_that_stalls_is_not_waited_for(rasa):
    rasa.stalls = True
    async with rasa.serving() as url:
        client = RasaClient(url, TOKEN, timeout_s=0.05)
        assert await fault_of(client.parse(TEXT)) is FaultKind.LATE
        await client.close()


async def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused, and nobody else gets the port
        client = RasaClient(f"http://127.0.0.1:{taken.getsockname()[1]}", TOKEN, timeout_s=UNHURRIED_S)
        assert await fault_of(client.parse(TEXT)) is FaultKind.UNREACHABLE
        await client.close()


async def test_no_model_is_loaded(client, rasa):
    rasa.state = {**RECORDED["status"], "model_file": ""}
    assert await fault_of(client.status()) is FaultKind.NO_MODEL


def test_the_recording_shows_why_wordless_text_is_never_sent():
    """The real service took these for something that a caller has said, with confidence."""
    for text in ("", "   ", "12 45", "hello there"):
        ranking = RECORDED["parsed"][text]["intent_ranking"]
        assert max(one["confidence"] for one in ranking) > 2 / len(Intent)
