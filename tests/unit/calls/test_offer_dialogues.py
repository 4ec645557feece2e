"""The call about a freed opening: whole talks with the real understanding, and what they leave in the waiting list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.calls.conversation import Conversation
from bot.calls.facts import About
from bot.calls.replay import Dialogue, play, read_dialogues
from bot.domain.clinic import Visit, VisitStatus
from bot.domain.clock import ManualClock
from bot.domain.follow_up import Need, WaitlistType, WaitOffer, WaitRequest, Wish
from crm_bridge.clinic_data import ClinicData
from crm_bridge.memory import MemoryClinic
from crm_bridge.port import Refused
from dialogs.nlu.pipeline import Understander
from dialogs.script import load_script
from tests.fixtures.talk import DIALOGUES, NOW

SCRIPT = load_script("waitlist_offer")
INBOUND = load_script("inbound")
ALL = read_dialogues(DIALOGUES / "outbound" / "waitlist_offer.yml")
GROMOV, ZUEV = "+79165550110", "+79161112204"
TOMORROW = Wish(days=frozenset({date(2026, 11, 24)}))
NEEDS = {GROMOV: (Need(specialty="терапевт"), TOMORROW), ZUEV: (Need(specialty="лор"), Wish())}

Begin = Callable[..., Conversation]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def waiting(clinic_data: ClinicData, clock: ManualClock) -> MemoryClinic:
    """Both wait; nobody has been asked yet."""
    clinic = MemoryClinic(clinic_data, clock)
    await clinic.register_patient(full_name="Громов Илья Петрович", birth_date=date(1958, 11, 7), phone=GROMOV)
    for phone, (need, wish) in NEEDS.items():
        patient = (await clinic.patients_by_phone(phone))[0]
        await clinic.join_waitlist(
            WaitRequest(patient_id=patient.id, need=need, wish=wish, comment="раньше", phone=None), call_id=None
        )
    return clinic


@pytest.fixture
def begin(waiting: MemoryClinic, understander: Understander, clock: ManualClock) -> Begin:
    """A call that offers what has been freed for this phone."""

    def talk(*, caller: str | None, direction: str = "outbound", about: About | None = None) -> Conversation:
        return Conversation(
            script=SCRIPT,
            understander=understander,
            crm=waiting,
            clock=clock,
            call_id="call-1",
            caller_phone=caller,
            direction="outbound",
            **({"about": about} if about else {}),
        )

    return talk


@pytest.fixture
def phone_in(waiting: MemoryClinic, understander: Understander, clock: ManualClock) -> Begin:
    """A call to the clinic."""

    def talk(*, caller: str) -> Conversation:
        return Conversation(
            script=INBOUND,
            understander=understander,
            crm=waiting,
            clock=clock,
            call_id="call-2",
            caller_phone=caller,
        )

    return talk


async def offered_to(clinic: MemoryClinic, phone: str) -> WaitOffer:
    await clinic.offer_openings()
    [offer] = [one for one in await clinic.offers() if one.entry.phone == phone]
    return offer


@pytest.mark.parametrize("dialogue", ALL, ids=lambda dialogue: dialogue.id)
async def test_dialogue(dialogue: Dialogue, waiting: MemoryClinic, begin: Begin) -> None:
    await waiting.offer_openings()
    played = await play(dialogue, begin(caller=dialogue.caller_phone))
    assert not played.failures, f"{played.failures}\n{played.transcript}\n{played.outcome}"


@pytest.mark.parametrize("dialogue", ALL[::5], ids=lambda dialogue: dialogue.id)
async def test_dialogue_survives_a_restart_at_every_turn(
    dialogue: Dialogue, waiting: MemoryClinic, begin: Begin
) -> None:
    await waiting.offer_openings()
    played = await play(dialogue, begin(caller=dialogue.caller_phone), restart=begin)
    assert not played.failures, f"{played.failures}\n{played.transcript}\n{played.outcome}"


async def hear(conversation: Conversation, *turns: str) -> str:
    """All that the bot said last."""
    reply = await conversation.start()
    for turn in turns:
        reply = await conversation.heard(turn)
    return " ".join(say.text for say in reply.say)


async def test_yes_books_and_ends_the_wait(waiting: MemoryClinic, begin: Begin) -> None:
    offer = await offered_to(waiting, GROMOV)
    await hear(begin(caller=GROMOV, about=About(offer_id=offer.id)), "да", "да подходит")
    [visit] = await waiting.visits_of([offer.patient.id])
    assert visit.starts_at == offer.opening.starts_at
    assert [entry.type for entry in waiting.waiting()] == [WaitlistType.EARLIER]


async def test_no_frees_the_opening_before_the_call_is_over(waiting: MemoryClinic, begin: Begin) -> None:
    offer = await offered_to(waiting, GROMOV)
    conversation = begin(caller=GROMOV, about=About(offer_id=offer.id))
    await hear(conversation, "да", "нет не подходит")
    assert offer.id not in [one.id for one in await waiting.offers()]
    assert len(waiting.waiting()) == 2
    await conversation.heard("нет больше не надо")
    assert [entry.phone for entry in waiting.waiting()] == [ZUEV]


async def test_not_now_keeps_it_until_its_time_is_over(waiting: MemoryClinic, begin: Begin) -> None:
    offer = await offered_to(waiting, GROMOV)
    await hear(begin(caller=GROMOV, about=About(offer_id=offer.id)), "да", "я за рулём")
    assert (await waiting.offer(offer.id)).id == offer.id


async def test_a_yes_that_comes_too_late_promises_nothing(
    waiting: MemoryClinic, begin: Begin, clock: ManualClock
) -> None:
    offer = await offered_to(waiting, GROMOV)
    conversation = begin(caller=GROMOV, about=About(offer_id=offer.id))
    await hear(conversation, "да")
    clock.advance(timedelta(minutes=16))
    reply = await conversation.heard("да подходит")
    assert "только что заняли" in " ".join(say.text for say in reply.say)
    assert conversation.outcome()["outcome"] == "no_slot_handled"
    assert await waiting.visits_of([offer.patient.id]) == []


async def test_an_offer_that_is_gone_is_not_spoken_of(waiting: MemoryClinic, begin: Begin) -> None:
    offer = await offered_to(waiting, GROMOV)
    await waiting.decline_offer(offer.id, call_id=None)
    said = await hear(begin(caller=GROMOV, about=About(offer_id=offer.id)))
    assert "Извините за беспокойство" in said
    assert "Громов" not in said


@pytest.mark.parametrize("wish", ["вы мне звонили у вас освободилось время", "запишите к терапевту"])
async def test_who_phones_back_is_offered_what_is_kept_for_them(
    waiting: MemoryClinic, phone_in: Begin, wish: str
) -> None:
    offer = await offered_to(waiting, GROMOV)
    conversation = phone_in(caller=GROMOV)
    said = await hear(conversation, wish, "Громов Илья Петрович", "седьмое ноября пятьдесят восьмого года")
    assert "Держим для вас время к терапевту" in said
    reply = await conversation.heard("да запишите")
    assert "Готово, ждём вас завтра" in " ".join(say.text for say in reply.say)
    [visit] = await waiting.visits_of([offer.patient.id])
    assert (visit.starts_at, conversation.outcome()["outcome"]) == (offer.opening.starts_at, "booked")


async def test_who_phones_back_and_does_not_want_it_waits_on(waiting: MemoryClinic, phone_in: Begin) -> None:
    offer = await offered_to(waiting, GROMOV)
    conversation = phone_in(caller=GROMOV)
    await hear(conversation, "у вас освободилось время", "Громов Илья Петрович", "07.11.1958", "нет не подходит")
    assert offer.id not in [one.id for one in await waiting.offers()]
    assert offer.entry.id in [entry.id for entry in waiting.waiting()]


@pytest.mark.parametrize("wish", ["запишите к Кузнецову", "запишите к хирургу", "запишите на узи"])
async def test_who_phones_about_another_doctor_is_not_pushed_into_what_is_kept(
    waiting: MemoryClinic, phone_in: Begin, wish: str
) -> None:
    offer = await offered_to(waiting, GROMOV)
    said = await hear(phone_in(caller=GROMOV), wish)
    assert "фамилию, имя и отчество" not in said
    assert offer.id in [one.id for one in await waiting.offers()]


@pytest.mark.parametrize(
    ("wish", "no"),
    [
        ("мне предложили время а можно к хирургу", "нет не подходит"),
        ("вы мне звонили", "нет мне лучше к хирургу"),
        ("запишите к терапевту на четверг", "нет не подходит"),
    ],
)
async def test_who_says_no_to_what_is_kept_goes_on_with_their_own_wish(
    waiting: MemoryClinic, phone_in: Begin, wish: str, no: str
) -> None:
    offer = await offered_to(waiting, GROMOV)
    conversation = phone_in(caller=GROMOV)
    said = await hear(conversation, wish, "Громов Илья Петрович", "07.11.1958")
    assert "Держим для вас время к терапевту" in said
    reply = await conversation.heard(no)
    assert offer.id not in [one.id for one in await waiting.offers()]
    assert reply.state in ("ask_date", "ask_slot_ok")


@pytest.mark.parametrize("no", ["нет мне уже не нужно я был у врача", "я уже здоров", "уберите меня из листа ожидания"])
async def test_who_phones_back_and_needs_no_doctor_any_more_waits_no_more(
    waiting: MemoryClinic, phone_in: Begin, no: str
) -> None:
    await offered_to(waiting, GROMOV)
    conversation = phone_in(caller=GROMOV)
    await hear(conversation, "вы мне звонили", "Громов Илья Петрович", "07.11.1958")
    reply = await conversation.heard(no)
    assert "больше не ждём" in " ".join(say.text for say in reply.say)
    assert [entry.phone for entry in waiting.waiting()] == [ZUEV]
    assert (conversation.outcome()["outcome"], conversation.outcome()["reason"]) == ("offer_declined", "not_needed")


OFF_THE_LIST = [
    "уберите меня из листа ожидания",
    "вычеркните меня из листа ожидания",
    "мне больше не надо в лист ожидания",
]


@pytest.mark.parametrize("wish", OFF_THE_LIST)
async def test_who_asks_to_be_taken_off_the_list_is_when_the_entry_is_known(
    waiting: MemoryClinic, phone_in: Begin, wish: str
) -> None:
    await offered_to(waiting, GROMOV)
    said = await hear(phone_in(caller=GROMOV), wish, "Громов Илья Петрович", "07.11.1958")
    assert "больше не ждём" in said
    assert [entry.phone for entry in waiting.waiting()] == [ZUEV]


@pytest.mark.parametrize("wish", OFF_THE_LIST)
async def test_who_asks_to_be_taken_off_the_list_is_left_to_people_when_it_is_not(
    waiting: MemoryClinic, phone_in: Begin, wish: str
) -> None:
    conversation = phone_in(caller=GROMOV)
    said = await hear(conversation, wish, "Громов Илья Петрович", "07.11.1958")
    assert "Передала администратору" in said
    [request] = await waiting.open_requests()
    assert (request.fields["reason"], request.fields["patient"]) == ("leave_waitlist", "Громов Илья Петрович")
    assert conversation.outcome()["status"] == "callback"
    assert len(waiting.waiting()) == 2


@pytest.mark.parametrize("wish", ["запишите к хирургу не надо в лист ожидания", "можно снимок или опять лист ожидания"])
async def test_who_does_not_ask_to_be_taken_off_the_list_stays_in_it(
    waiting: MemoryClinic, phone_in: Begin, wish: str
) -> None:
    await offered_to(waiting, GROMOV)
    conversation = phone_in(caller=GROMOV)
    await hear(conversation, wish, "Громов Илья Петрович", "07.11.1958")
    assert len(waiting.waiting()) == 2
    assert "leave_waitlist" not in str(await waiting.open_requests())


async def test_somebody_else_on_that_phone_is_told_nothing_of_it(waiting: MemoryClinic, phone_in: Begin) -> None:
    await offered_to(waiting, GROMOV)
    conversation = phone_in(caller=GROMOV)
    said = await hear(conversation, "запишите к терапевту", "Громова Анна Ивановна", "пятое мая шестьдесят второго")
    assert "Держим" not in said
    assert "ближайшее" in said


class ToBePaid(MemoryClinic):
    """Where who did not come twice pays ahead (C16)."""

    async def accept_offer(self, offer_id: str, *, call_id: str | None, checked: bool = True) -> Visit:
        made = await super().accept_offer(offer_id, call_id=call_id, checked=checked)
        return replace(made, status=VisitStatus.AWAITING_PAYMENT)


class Refuses(MemoryClinic):
    """Where the rules of the clinic leave the booking to people."""

    async def accept_offer(self, offer_id: str, *, call_id: str | None, checked: bool = True) -> Visit:
        raise Refused("правила клиники")


async def says_yes(
    crm: MemoryClinic, understander: Understander, clock: ManualClock, *, phones_in: bool
) -> Conversation:
    """Agrees to the offer in the call about it, or phones the clinic back."""
    patient = await crm.register_patient(full_name="Громов Илья Петрович", birth_date=date(1958, 11, 7), phone=GROMOV)
    await crm.join_waitlist(
        WaitRequest(patient_id=patient.id, need=Need(specialty="терапевт"), wish=Wish(), comment="", phone=None),
        call_id=None,
    )
    offer = await offered_to(crm, GROMOV)
    conversation = Conversation(
        script=INBOUND if phones_in else SCRIPT,
        understander=understander,
        crm=crm,
        clock=clock,
        call_id="call-1",
        caller_phone=GROMOV,
        direction="inbound" if phones_in else "outbound",
        about=About(offer_id=offer.id),
    )
    await hear(conversation, *(("вы мне звонили", "Громов Илья Петрович", "07.11.1958") if phones_in else ("да",)))
    return conversation


@pytest.mark.parametrize("phones_in", [False, True])
async def test_who_has_to_pay_ahead_is_told_so(
    clinic_data: ClinicData, understander: Understander, clock: ManualClock, phones_in: bool
) -> None:
    conversation = await says_yes(ToBePaid(clinic_data, clock), understander, clock, phones_in=phones_in)
    said = " ".join(say.text for say in (await conversation.heard("да запишите")).say)
    assert "Нужна предоплата" in said
    assert "дминистратор" not in said


@pytest.mark.parametrize("phones_in", [False, True])
async def test_people_see_which_time_was_agreed_to(
    clinic_data: ClinicData, understander: Understander, clock: ManualClock, phones_in: bool
) -> None:
    crm = Refuses(clinic_data, clock)
    conversation = await says_yes(crm, understander, clock, phones_in=phones_in)
    reply = await conversation.heard("да запишите")
    assert reply.transfer is not None
    assert reply.transfer.reason == "offer_agreed"
    assert "двадцать четвёртого ноября в девять" in reply.transfer.summary_text
    agreed = {"specialty": "терапевт", "at": "2026-11-24T09:00", "birth_date": "1958-11-07"}
    assert reply.transfer.fields.items() >= agreed.items()
    await conversation.transfer_result("not_reached")
    [request] = await crm.open_requests()
    assert (request.fields["reason"], request.fields["at"]) == ("offer_agreed", "2026-11-24T09:00")


async def test_how_to_prepare_is_told_to_who_proves_to_be_the_patient(
    clinic_data: ClinicData, understander: Understander, clock: ManualClock
) -> None:
    service = next(one for one in clinic_data.directory.services if one.bookable and one.prep)
    clinic = MemoryClinic(clinic_data, clock)
    patient = await clinic.register_patient(
        full_name="Громов Илья Петрович", birth_date=date(1958, 11, 7), phone=GROMOV
    )
    await clinic.join_waitlist(
        WaitRequest(patient_id=patient.id, need=Need(service_id=service.id), wish=Wish(), comment="", phone=None),
        call_id=None,
    )
    offer = await offered_to(clinic, GROMOV)
    conversation = Conversation(
        script=SCRIPT,
        understander=understander,
        crm=clinic,
        clock=clock,
        call_id="call-1",
        caller_phone=GROMOV,
        direction="outbound",
        about=About(offer_id=offer.id),
    )
    said = await hear(conversation, "да", "да подходит")
    assert "дата рождения" in said
    assert "одготовк" not in said
    reply = await conversation.heard("седьмое ноября пятьдесят восьмого года")
    assert "Запомните подготовку" in " ".join(say.text for say in reply.say)
