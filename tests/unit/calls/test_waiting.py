"""«Поставьте меня в лист ожидания»: an entry of the clinic's own list, with what the caller said."""

from __future__ import annotations

from datetime import date, time

import pytest

from bot.calls.conversation import Conversation, Reply
from bot.calls.waiting import need_of, wish_of
from bot.domain.clinic import Funding, OpeningQuery
from bot.domain.clock import ManualClock
from bot.domain.follow_up import Need, WaitlistEntry, WaitlistType, Wish
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import CrmCapabilities
from tests.fixtures.talk import NOW, Talk

GROMOV = ("Громов Илья Петрович", "7 ноября 1958")
RIGHT = "да всё верно"
CALLER = "+79165550110"
EVERY = OpeningQuery(limit=1000)
WORKDAYS = frozenset(range(1, 6))
ALL_DAYS = frozenset(range(1, 8))


async def say(conversation: Conversation, *turns: str) -> Reply:
    """The caller says one after the other; the last answer."""
    reply = await conversation.start()
    for turn in turns:
        reply = await conversation.heard(turn)
    return reply


def told(reply: Reply) -> str:
    return " ".join(one.text for one in reply.say)


def entries(clinic: MemoryClinic) -> list[WaitlistEntry]:
    return list(clinic.waiting())


async def test_no_openings_so_the_caller_is_in_the_list_and_is_told_so(talk: Talk, clinic: MemoryClinic) -> None:
    reply = await say(talk(caller=CALLER), "запишите к урологу", "да запишите", *GROMOV, RIGHT)
    assert "Записала вас в лист ожидания" in told(reply)
    [entry] = entries(clinic)
    assert (entry.need, entry.phone, entry.type) == (Need(specialty="уролог"), CALLER, WaitlistType.PLANNED)
    assert (entry.wish, entry.comment) == (Wish(), "Любое время")
    assert [request.fields.get("reason") for request in await clinic.open_requests()] == []


async def test_days_and_hours_are_kept_as_said_and_as_looked_for(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk(caller=CALLER)
    reply = await say(
        conversation, "запишите к урологу", "да запишите", *GROMOV, RIGHT, "по будням после обеда", "нет спасибо"
    )
    [entry] = entries(clinic)
    assert entry.comment == "по будням после обеда"
    assert entry.wish == Wish(weekdays=WORKDAYS, time_from=time(13))
    outcome = conversation.outcome()
    assert (reply.action, outcome["outcome"], outcome["status"]) == ("hangup", "no_slot_handled", "waitlist")
    assert outcome["patient"] == "Громов Илья Петрович"


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("только не по средам", ALL_DAYS - {3}),
        ("любой день кроме пятницы", ALL_DAYS - {5}),
        ("в среду не могу", ALL_DAYS - {3}),
    ],
)
async def test_days_that_do_not_suit_are_left_out_and_the_words_are_kept(
    talk: Talk, clinic: MemoryClinic, words: str, days: frozenset[int]
) -> None:
    await say(talk(caller=CALLER), "запишите к урологу", "да запишите", *GROMOV, RIGHT, words)
    [entry] = entries(clinic)
    assert (entry.wish, entry.comment) == (Wish(weekdays=days), words)


async def test_an_unknown_name_and_birth_date_are_read_back_and_mended(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk(caller=CALLER)
    reply = await say(conversation, "запишите к урологу", "да запишите", GROMOV[0], "7 ноября 1928")
    assert (reply.state, entries(clinic)) == ("confirm", [])
    assert "тысяча девятьсот двадцать восьмого года" in told(reply)
    reply = await conversation.heard("нет дата рождения седьмое ноября пятьдесят восьмого года")
    assert (reply.state, "пятьдесят восьмого" in told(reply)) == ("confirm", True)
    await conversation.heard(RIGHT)
    [entry] = entries(clinic)
    [patient] = await clinic.patients_by_phone(CALLER)
    assert (entry.patient_id, patient.birth_date) == (patient.id, date(1958, 11, 7))


@pytest.mark.parametrize(
    ("wrong", "question", "right"),
    [("дата рождения", "ask_birth", GROMOV[1]), ("фамилия", "ask_name", GROMOV[0])],
)
async def test_who_says_no_is_asked_what_is_wrong(
    talk: Talk, clinic: MemoryClinic, wrong: str, question: str, right: str
) -> None:
    conversation = talk(caller=CALLER)
    reply = await say(conversation, "запишите к урологу", "да запишите", *GROMOV, "нет", wrong)
    assert reply.state == question
    reply = await conversation.heard(right)
    assert (reply.state, entries(clinic)) == ("confirm", [])
    await conversation.heard(RIGHT)
    assert len(entries(clinic)) == 1


async def test_a_surname_set_right_keeps_the_rest_of_the_name(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk(caller=CALLER)
    told_wrong = ("запишите к урологу", "да запишите", "Смирнов Илья Петрович", GROMOV[1])
    reply = await say(conversation, *told_wrong, "нет фамилия громов")
    assert (reply.state, entries(clinic)) == ("confirm", [])
    assert "Громов Илья Петрович" in told(reply)


async def test_a_part_of_a_name_that_sets_nothing_right_is_no_name(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk(caller=CALLER)
    told_wrong = ("запишите к урологу", "да запишите", "Смирнов Илья Петрович", GROMOV[1])
    reply = await say(conversation, *told_wrong, "нет илья петрович")
    assert (reply.state, entries(clinic)) == ("ask_name", [])
    reply = await conversation.heard(GROMOV[0])
    assert "Громов Илья Петрович" in told(reply)


async def test_a_no_that_was_misheard_can_be_taken_back(talk: Talk, clinic: MemoryClinic) -> None:
    await say(talk(caller=CALLER), "запишите к урологу", "да запишите", *GROMOV, "нет", "ничего, всё верно")
    assert len(entries(clinic)) == 1


async def test_a_name_that_is_only_like_a_known_one_is_read_back(talk: Talk, clinic: MemoryClinic) -> None:
    known = talk(caller="+79161112202")
    reply = await say(known, "запишите к урологу", "да запишите", "Тарасов Глеб Андреич", "30 июня 1987")
    if reply.state == "confirm":
        assert "Тарасов Глеб Андреевич" in told(reply)
        await known.heard(RIGHT)
    [entry] = entries(clinic)
    assert entry.patient_id == (await clinic.patients_by_phone("+79161112202"))[0].id


@pytest.mark.parametrize("words", [("нет не надо",), ("нет", "не надо"), ("нет", "нет")])
async def test_who_changes_his_mind_at_the_read_back_does_not_wait(
    talk: Talk, clinic: MemoryClinic, words: tuple[str, ...]
) -> None:
    reply = await say(talk(caller=CALLER), "запишите к урологу", "да запишите", *GROMOV, *words)
    assert (reply.state, entries(clinic)) == ("ask_more", [])


async def test_a_patient_whom_the_clinic_knows_is_not_read_back(talk: Talk, clinic: MemoryClinic) -> None:
    known = talk(caller="+79161112202")
    reply = await say(known, "запишите к урологу", "да запишите", "Тарасов Глеб Андреевич", "30 июня 1987")
    assert (reply.state, len(entries(clinic))) == ("ask_date", 1)


@pytest.mark.parametrize("words", ["любые", "мне всё равно", "да без разницы"])
async def test_any_time_is_any_time(talk: Talk, clinic: MemoryClinic, words: str) -> None:
    reply = await say(talk(caller=CALLER), "запишите к урологу", "да запишите", *GROMOV, RIGHT, words)
    [entry] = entries(clinic)
    assert (entry.wish, reply.state) == (Wish(), "ask_more")


@pytest.mark.parametrize("words", ["нет в лист ожидания не надо", "не хочу в лист ожидания", "нет спасибо"])
async def test_who_does_not_want_to_wait_does_not(talk: Talk, clinic: MemoryClinic, words: str) -> None:
    reply = await say(talk(caller=CALLER), "запишите к урологу", words)
    assert (reply.state, entries(clinic)) == ("ask_more", [])


async def test_a_time_is_offered_first_and_the_list_to_who_asks_for_it(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk(caller=CALLER)
    reply = await say(conversation, "поставьте меня в лист ожидания к терапевту")
    assert reply.state == "ask_date"
    assert entries(clinic) == []
    await conversation.heard("нет поставьте в лист ожидания")
    await conversation.heard(GROMOV[0])
    await conversation.heard(GROMOV[1])
    await conversation.heard(RIGHT)
    [entry] = entries(clinic)
    assert entry.need == Need(specialty="терапевт")


async def test_an_opening_that_was_held_is_given_back_for_the_list(talk: Talk, clinic: MemoryClinic) -> None:
    conversation = talk(caller=CALLER)
    reply = await say(conversation, "запишите к терапевту на завтра", "да", *GROMOV)
    assert reply.state == "confirm"
    free = await clinic.openings(EVERY)
    await conversation.heard("нет запишите меня лучше в лист ожидания")
    assert len(await clinic.openings(EVERY)) == len(free) + 1
    await conversation.heard(RIGHT)
    assert [entry.need.specialty for entry in entries(clinic)] == ["терапевт"]


async def test_what_was_refused_is_not_offered_by_phone_and_the_payer_is_known(
    talk: Talk, clinic: MemoryClinic
) -> None:
    conversation = talk(caller=CALLER)
    reply = await say(conversation, "запишите к терапевту по омс", "ближайшее")
    assert reply.state == "ask_slot_ok"
    told = [one.id for one in await clinic.openings(OpeningQuery(specialty="терапевт"))]
    await conversation.heard("нет поставьте лучше в лист ожидания")
    await conversation.heard(GROMOV[0])
    await conversation.heard(GROMOV[1])
    await conversation.heard(RIGHT)
    assert [entry.funding for entry in entries(clinic)] == [Funding.OMS]
    [offer] = await clinic.offer_openings()
    assert offer.opening.id not in told


async def test_who_has_a_visit_and_hopes_for_an_earlier_one_keeps_it_and_waits(
    talk: Talk, clinic: MemoryClinic
) -> None:
    reply = await say(
        talk(caller="+79161112202"),
        "перенесите мою запись к хирургу",
        "Тарасов Глеб Андреевич",
        "30 июня 1987",
        "ничего не подходит",
        "никак",
        "запишите в лист ожидания",
    )
    assert "запись остаётся" in told(reply)
    [entry] = entries(clinic)
    assert (entry.type, entry.visit_id) == (WaitlistType.EARLIER, "A2")


class WithoutList(MemoryClinic):
    """A clinic's system that has no waiting list."""

    @property
    def capabilities(self) -> CrmCapabilities:
        return CrmCapabilities(name="memory", waitlist=False)


async def test_over_a_system_without_a_list_a_person_is_asked(talk: Talk, clinic_data: ClinicData) -> None:
    crm = WithoutList(clinic_data, ManualClock(NOW))
    reply = await say(talk(caller=CALLER, crm=crm), "запишите к урологу", "да запишите", *GROMOV, RIGHT)
    assert "мы вам позвоним" in told(reply)
    [request] = await crm.open_requests()
    assert (request.fields["reason"], request.fields["specialty"]) == ("waitlist", "уролог")
    assert entries(crm) == []


TWO_DAYS = frozenset({date(2026, 11, 24), date(2026, 11, 25)})
HALF_PAST_TEN = {"time_from": time(10, 30), "time_to": time(11, 30)}
EVENING = {"time_from": time(17), "time_to": time(21)}


@pytest.mark.parametrize(
    ("args", "wish"),
    [
        ({"date": "2026-11-26", "time": "10:30"}, Wish(days=frozenset({date(2026, 11, 26)}), **HALF_PAST_TEN)),
        ({"date": "2026-11-24/2026-11-25"}, Wish(days=TWO_DAYS)),
        ({"time": "17:00/21:00", "words": "вечером в будни"}, Wish(weekdays=WORKDAYS, **EVENING)),
        ({"words": "по средам и пятницам", "date": "2026-11-25"}, Wish(weekdays=frozenset({3, 5}))),
        ({"words": "в выходные"}, Wish(weekdays=frozenset({6, 7}))),
        ({"time": "23:30"}, Wish(time_from=time(23, 30))),
        ({"date": "2026-11-24/2027-11-25"}, Wish()),
        ({"words": "в среду"}, Wish()),
        ({"words": "Только не по средам"}, Wish(weekdays=ALL_DAYS - {3})),
        ({"words": "любой день, кроме пятницы", "date": "2026-11-27"}, Wish(weekdays=ALL_DAYS - {5})),
        ({"words": "кроме среды и пятницы"}, Wish(weekdays=ALL_DAYS - {3, 5})),
        ({"words": "по будням кроме пятницы"}, Wish(weekdays=WORKDAYS - {5})),
        ({"words": "по будням, но не по средам"}, Wish(weekdays=WORKDAYS - {3})),
        ({"words": "не по средам, а по пятницам"}, Wish(weekdays=frozenset({5}))),
        ({"words": "по понедельникам не могу, лучше в четверг"}, Wish(weekdays=frozenset({4}))),
        ({"words": "в будни не получится"}, Wish(weekdays=frozenset({6, 7}))),
        ({"words": "не раньше среды"}, Wish()),
        ({"words": "не знаю, наверное в будни"}, Wish(weekdays=WORKDAYS)),
        ({"words": "только не утром", "time": "08:00/12:00"}, Wish()),
        ({"words": "любой день кроме завтра", "date": "2026-11-24"}, Wish()),
    ],
)
def test_what_was_said_becomes_what_is_looked_for(args: dict[str, str], wish: Wish) -> None:
    assert wish_of(args) == wish


async def test_the_need_is_in_the_clinics_own_terms(clinic: MemoryClinic) -> None:
    directory = await clinic.directory()
    doctor = directory.doctors[0]
    assert need_of(directory, {"doctor": doctor.full_name, "specialty": "лор"}) == Need(doctor_id=doctor.id)
    assert need_of(directory, {"specialty": doctor.specialty}) == Need(specialty=doctor.specialty)
    service = directory.services[0]
    assert need_of(directory, {"service": service.name.upper()}) == Need(service_id=service.id)
    assert need_of(directory, {"specialty": "шаман"}) is None
    assert need_of(directory, {}) is None
