"""What a recogniser may have misheard is asked for once more; what was typed cannot be misheard."""

from __future__ import annotations

import pytest

from tests.fixtures.talk import Talk


@pytest.fixture
def known(clinic_data) -> tuple[str, str]:
    """Phone and full name of somebody in the clinic's base who shares the phone with nobody."""
    phones = [one.phone for one in clinic_data.patients]
    person = next(one for one in clinic_data.patients if one.phone and phones.count(one.phone) == 1)
    return person.phone, person.full_name


async def test_a_birth_date_that_does_not_fit_a_known_voice_is_asked_for_again(talk: Talk, known) -> None:
    phone, name = known
    call = talk(caller=phone)
    await call.start()
    await call.heard("когда у меня приём", asr_confidence=0.9)
    await call.heard(name, asr_confidence=0.9)
    reply = await call.heard("первое января тысяча девятьсот одиннадцатого года", asr_confidence=0.9)
    assert reply.state == "ask_birth"
    assert "расслышала" in " ".join(say.text for say in reply.say)
    reply = await call.heard("первое января тысяча девятьсот одиннадцатого года", asr_confidence=0.9)
    assert reply.state == "ask_choice"


async def test_a_typed_birth_date_that_does_not_fit_is_not_asked_for_again(talk: Talk, known) -> None:
    phone, name = known
    call = talk(caller=phone)
    await call.start()
    await call.heard("когда у меня приём")
    await call.heard(name)
    reply = await call.heard("первое января тысяча девятьсот одиннадцатого года")
    assert reply.state == "ask_choice"


async def test_a_stranger_is_not_asked_again(talk: Talk, known) -> None:
    phone, _ = known
    call = talk(caller=phone)
    await call.start()
    await call.heard("когда у меня приём", asr_confidence=0.9)
    await call.heard("Жеребцов Аристарх Вениаминович", asr_confidence=0.9)
    reply = await call.heard("первое января тысяча девятьсот одиннадцатого года", asr_confidence=0.9)
    assert reply.state == "ask_choice"


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("нет, дата рождения неправильная", "ask_birth"),
        ("нет, фамилия не та", "ask_name"),
        ("нет", "ask_choice"),
        ("нет, заторождение неправильная", "ask_birth"),
    ],
)
async def test_what_is_named_as_wrong_is_asked_for(talk: Talk, line: str, state: str) -> None:
    call = talk()
    await call.start()
    for said in ("запишите к терапевту на завтра", "да", "Жеребцов Аристарх Вениаминович", "2 марта 1950 года"):
        reply = await call.heard(said)
    for said in ("платно", "да, первый раз"):
        if reply.state != "confirm":
            reply = await call.heard(said)
    assert reply.state == "confirm"
    assert (await call.heard(line)).state == state


async def test_what_to_put_right_is_understood_though_garbled(talk: Talk) -> None:
    call = talk()
    await call.start()
    for said in ("запишите к терапевту на завтра", "да", "Жеребцов Аристарх Вениаминович", "2 марта 1950 года"):
        await call.heard(said)
    for said in ("платно", "нет"):
        reply = await call.heard(said)
    assert reply.state == "ask_choice"
    assert (await call.heard("Затурождение")).state == "ask_birth"


@pytest.mark.parametrize(("confidence", "action"), [(0.9, None), (None, "hangup")])
async def test_a_goodbye_heard_at_the_read_back_may_be_a_quiet_yes(talk: Talk, confidence, action) -> None:
    call = talk()
    await call.start()
    for said in ("запишите к терапевту на завтра", "да", "Жеребцов Аристарх Вениаминович", "2 марта 1950 года"):
        reply = await call.heard(said)
    for said in ("платно", "да, первый раз"):
        if reply.state != "confirm":
            reply = await call.heard(said)
    assert (await call.heard("до свидания", asr_confidence=confidence)).action == action
