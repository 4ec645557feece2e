"""Whole utterances through guard, lists, slots, engine and policy."""

import pytest

from dialogs.nlu.pipeline import Understander, interpret_ranked
from dialogs.port import FALLBACK, Intent, NluCapabilities, NluContext


class Forbidden:
    """An engine that must not be asked."""

    name = "embedded"
    capabilities = NluCapabilities()

    async def rank(self, text, state):
        raise AssertionError(f"the engine was asked about {text!r}")


class Fixed:
    """An engine with one answer."""

    name = "embedded"
    capabilities = NluCapabilities()

    def __init__(self, **probabilities: float) -> None:
        self.ranking = sorted(probabilities.items(), key=lambda pair: -pair[1])

    async def rank(self, text, state):
        return self.ranking


@pytest.mark.parametrize(
    ("text", "guard"), [("", "no_input"), ("  ... ", "no_input"), ("э", "unclear"), ("ну вот", "unclear")]
)
async def test_silence_and_fillers_never_reach_the_engine(text, guard, context):
    found = await Understander(Forbidden()).interpret(text, context("confirm"))
    assert (found.intent, found.guard, found.policy) == (FALLBACK, guard, "reject")


@pytest.mark.parametrize(
    ("text", "state", "intent"),
    [
        ("да", "confirm", Intent.AFFIRM),
        ("ну да, конечно", "confirm", Intent.AFFIRM),
        ("нет, спасибо", "ask_more", Intent.DENY),
        ("всё", "ask_more", Intent.DENY),
        ("а?", "ask_date", Intent.REPEAT),
        ("что?", "ask_date", Intent.REPEAT),
        ("спасибо, до свидания", "ask_more", Intent.GOODBYE),
        ("оператора, пожалуйста", "ask_name", Intent.OPERATOR),
        ("приду", "reminder", Intent.CONFIRM_VISIT),
        ("не приду", "reminder", Intent.CANCEL_APPOINTMENT),
        ("ой как хорошо", "ask_slot_ok", Intent.AFFIRM),
        ("а давайте", "ask_slot_ok", Intent.AFFIRM),
        ("да-да", "confirm", Intent.AFFIRM),
        ("как", "confirm", Intent.REPEAT),
        ("алло что", "confirm", Intent.REPEAT),
        ("ладно, потом перезвоню, пока", "confirm", Intent.GOODBYE),
        ("хорошо, до свидания", "ask_more", Intent.GOODBYE),
        ("да, до свидания", "confirm", Intent.AFFIRM),
        ("подожду", "ask_waitlist", Intent.AFFIRM),
    ],
)
async def test_closed_classes_are_decided_by_lists(text, state, intent, context):
    found = await Understander(Forbidden()).interpret(text, context(state))
    assert found.intent == intent
    assert found.confidence > 0.9


@pytest.mark.parametrize("text", ["да нет", "да нет наверное", "не знаю", "да, ой нет"])
async def test_neither_yes_nor_no_is_asked_again(text, context):
    found = await Understander(Forbidden()).interpret(text, context("confirm"))
    assert (found.intent, found.guard) == (FALLBACK, "unclear")


@pytest.mark.parametrize(
    "text", ["мне узи брюшной полости, пожалуйста", "на узи щитовидной железы", "мрт поясничного отдела позвоночника"]
)
async def test_the_whole_name_of_an_examination_informs(context, text):
    found = await Understander(Fixed(price_insurance=0.9, inform=0.02)).interpret(text, context("ask_specialty"))
    assert found.intent == "inform"


async def test_an_asked_slot_alone_informs(context):
    found = await Understander(Forbidden()).interpret("Ну, на 02.12, на 9.30.", context("ask_date"))
    assert found.intent == Intent.INFORM
    assert dict(found.slots) == {"date": "2026-12-02", "time": "09:30"}


async def test_digits_without_letters_fill_a_slot(context):
    found = await Understander(Forbidden()).interpret("8 916 111 22 01", context("ask_phone"))
    assert (found.intent, found.slots["phone"]) == (Intent.INFORM, "+79161112201")


async def test_danger_comes_before_lists_and_slots(context):
    found = await Understander(Fixed(inform=0.9, emergency=0.02)).interpret("да он не дышит", context("confirm"))
    assert (found.intent, found.emergency, found.policy) == (Intent.EMERGENCY, True, "act")


async def test_a_weak_flag_keeps_the_intent_and_asks(context):
    found = await Understander(Fixed(book_appointment=0.9, emergency=0.05)).interpret("болит сердце", context())
    assert (found.intent, found.emergency, found.ask_red_flags) == (Intent.BOOK_APPOINTMENT, False, True)


async def test_the_engine_alone_can_call_an_emergency(context):
    found = await Understander(Fixed(emergency=0.6, out_of_scope=0.4)).interpret("тут такое случилось", context())
    assert found.emergency
    asked = await Understander(Fixed(emergency=0.2, home_visit=0.8)).interpret("тут такое случилось", context())
    assert (asked.emergency, asked.ask_red_flags) == (False, True)


async def test_danger_is_not_lowered_by_the_state(context):
    found = await Understander(Fixed(emergency=0.5, inform=0.5)).interpret(
        "тут такое случилось", context("ask_symptoms")
    )
    assert found.ask_red_flags or found.emergency


async def test_low_probability_is_a_rejection_with_alternatives(context):
    found = await Understander(Fixed(documents=0.3, prep_info=0.28, lab_hours=0.22, complaint=0.2)).interpret(
        "ну про это самое", context()
    )
    assert (found.intent, found.policy) == (FALLBACK, "reject")
    assert found.alternatives[0] == Intent.DOCUMENTS


async def test_two_close_intents_are_offered_as_a_choice(context):
    found = await Understander(Fixed(prep_info=0.5, lab_hours=0.45)).interpret("насчёт утра расскажите", context())
    assert (found.policy, found.alternatives) == ("choose", (Intent.PREP_INFO, Intent.LAB_HOURS))


async def test_a_cancellation_is_confirmed_whatever_the_probability(context):
    found = await Understander(Fixed(cancel_appointment=0.99)).interpret("снимите меня с записи", context())
    assert (found.intent, found.policy) == (Intent.CANCEL_APPOINTMENT, "confirm")


async def test_spam_with_a_patient_marker_loses_half_its_weight(context):
    engine = Understander(Fixed(spam=0.6, book_appointment=0.4))
    assert (await engine.interpret("предлагаем к терапевту", context())).intent == Intent.BOOK_APPOINTMENT
    assert (await engine.interpret("предлагаем окна", context())).intent == Intent.SPAM


def test_two_requests_in_one_breath_are_both_heard(engine, context):
    found = interpret_ranked("отмените запись к лору, и скажите, где вы находитесь", context(), engine.rank_now)
    assert found.intents == (Intent.CANCEL_APPOINTMENT, Intent.CLINIC_ADDRESS)


def test_state_decides_what_a_bare_word_means(engine, context):
    assert interpret_ranked("не получится", context("reminder"), engine.rank_now).intent != Intent.BOOK_APPOINTMENT
    assert interpret_ranked("в четверг", context("ask_date"), engine.rank_now).intent == Intent.INFORM


@pytest.mark.parametrize("text", ["�" * 50, "!" * 300, "1" * 500, "а" * 5000, "ok google", "\n\t", "👍", "№ 5 / 7"])
def test_strange_text_never_raises(engine, text, context):
    for state in ("open", "ask_name", "ask_address", "ask_birth", "reminder"):
        interpret_ranked(text, context(state), engine.rank_now)


def test_flags_for_do_not_call_robot_and_person(engine, context):
    assert interpret_ranked("больше не звоните мне никогда", context("reminder"), engine.rank_now).do_not_call
    assert interpret_ranked("а вы робот?", context(), engine.rank_now).robot_question
    assert interpret_ranked("соедините с живым человеком", context(), engine.rank_now).wants_human


def test_context_needs_no_directory(now):
    assert NluContext(state="open", now=now).directory.doctors == ()


@pytest.mark.parametrize("text", ["а попозже есть что нибудь", "да но время другое"])
async def test_a_yes_without_its_words_is_not_believed(text, context):
    found = await Understander(Fixed(affirm=0.6, reschedule_appointment=0.4)).interpret(text, context("ask_slot_ok"))
    assert found.intent != Intent.AFFIRM


async def test_the_engine_may_believe_a_yes_in_other_words(context):
    found = await Understander(Fixed(affirm=0.6, deny=0.4)).interpret(
        "ну это время мне подойдёт", context("ask_slot_ok")
    )
    assert found.intent == Intent.AFFIRM


async def test_moving_a_booking_names_the_day_that_does_not_suit(context):
    found = await Understander(Fixed(reschedule_appointment=0.9)).interpret("завтра никак, лучше в пятницу", context())
    assert dict(found.slots) == {"date_from": "2026-11-24", "date": "2026-11-27"}


async def test_an_offered_choice_informs(context):
    found = await Understander(Fixed(inform=0.3, affirm=0.3)).interpret("давайте второе", context("ask_choice"))
    assert (found.intent, found.hints["choice"]) == (Intent.INFORM, "2")


async def test_the_engine_must_be_surer_where_nothing_or_the_past_was_told(context):
    """A sign of danger lets 0.5 act, no sign asks for 0.6, talk of the past for 0.8; below that it is asked about."""
    for text, needed in (("сердце колотится", 0.5), ("тут такое случилось", 0.6), ("год назад такое случилось", 0.8)):
        below, enough = [
            await Understander(Fixed(emergency=p, out_of_scope=1 - p)).interpret(text, context())
            for p in (needed - 0.01, needed)
        ]
        assert (below.emergency, below.ask_red_flags, enough.emergency) == (False, True, True), text


async def test_words_of_an_intent_speak_for_it(context):
    engine = Understander(Fixed(book_appointment=0.5, price_insurance=0.3, complaint=0.2))
    assert (await engine.interpret("приём ревматолога почём", context())).intent == Intent.PRICE_INSURANCE
    assert (await engine.interpret("приём у ревматолога", context())).intent == Intent.BOOK_APPOINTMENT


async def test_a_symptom_answers_the_question_for_symptoms(context):
    engine = Understander(Fixed(out_of_scope=0.8, inform=0.05, deny=0.15))
    assert (await engine.interpret("поясницу ломит", context("ask_symptoms"))).intent == Intent.INFORM


async def test_a_refusal_with_a_wish_of_its_own_refuses(context):
    engine = Understander(Fixed(inform=0.5, deny=0.1, book_appointment=0.2))
    assert (await engine.interpret("нет мне лучше к хирургу", context("ask_slot_ok"))).intent == Intent.DENY


@pytest.mark.parametrize(
    ("text", "state"),
    [("29 яинваря 1979 года", "ask_birth"), ("нет, дата рождения второй инцидрессора", "confirm")],
)
async def test_a_misheard_answer_is_asked_about_only_when_danger_is_likelier(context, text, state):
    unlikely = await Understander(Fixed(emergency=0.3, deny=0.4)).interpret(text, context(state))
    likely = await Understander(Fixed(emergency=0.45, deny=0.4)).interpret(text, context(state))
    assert (unlikely.ask_red_flags, likely.ask_red_flags) == (False, True)


async def test_plain_words_and_first_wishes_are_asked_about_as_soon_as_danger_is_possible(context):
    engine = Understander(Fixed(emergency=0.15, inform=0.4))
    assert (await engine.interpret("мне нехорошо делается", context("ask_name"))).ask_red_flags
    assert (await engine.interpret("29 яинваря мне нехорошо делается", context("open"))).ask_red_flags
