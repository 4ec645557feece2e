"""The engine alone, on a small script: no clinic, no understanding, no clock."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialogs.engine import DialogState, advance, asked_slots, outcome_of, say_again
from dialogs.port import Interpretation
from dialogs.script import Script
from dialogs.step import EffectDone, Event, Heard, HungUp, Keys, Silence, Started, Step
from tests.unit.dialogs.small_script import small

FACTS = {"now": "2026-11-23T10:00+03:00", "clinic": "Здоровье", "caller": "+79160000000"}
FOUND = {"count": 1, "list": [{"at": "2026-11-24T09:00"}]}


def heard(text: str = "слова", intent: str = "inform", **more: Any) -> Heard:
    more.setdefault("confidence", 0.9)
    return Heard(interpretation=Interpretation(text=text, normalized=text, intent=intent, intents=(intent,), **more))


def run(*events: Event, script: Script | None = None, facts: dict[str, Any] | None = None) -> Step:
    """Start, then these events one after another; return the last step."""
    used = script or small()
    step = advance(used, None, Started(facts=FACTS if facts is None else facts))
    for event in events:
        step = advance(used, step.state, event)
    return step


def words(step: Step) -> str:
    return " ".join(say.text for say in step.say)


FOUND_DONE = EffectDone(name="openings", ok=True, value=FOUND)
TO_NAME = (heard(slots={"specialty": "терапевт"}), FOUND_DONE)


def test_start_speaks_and_listens() -> None:
    step = run()
    assert words(step) == "Здравствуйте, это робот. Клиника Здоровье. К кому?"
    assert [say.must_hear for say in step.say] == [True, True, False]
    assert step.listen is not None
    assert (step.listen.state, step.listen.key_digits) == ("ask_specialty", 1)
    assert asked_slots(small(), step.state) == ("specialty", "doctor")


def test_the_same_events_give_the_same_steps() -> None:
    events = (heard("абракадабра", "out_of_scope"), Silence(), *TO_NAME)
    assert run(*events) == run(*events)


def test_a_slot_answers_and_an_effect_follows() -> None:
    step = run(TO_NAME[0])
    assert [(effect.name, effect.args) for effect in step.effects] == [("openings", {"specialty": "терапевт"})]
    assert step.listen is None
    assert run(*TO_NAME).listen.state == "ask_name"  # type: ignore[union-attr]


def test_a_form_asks_only_what_is_unknown_and_wanted() -> None:
    step = run(*TO_NAME, heard(slots={"person_name": "Анна"}), heard(slots={"birth_date": "1962-03-05"}))
    assert words(step) == "Записала. До свидания."
    hidden = run(
        *TO_NAME, heard(slots={"person_name": "Анна"}), heard(slots={"birth_date": "1"}), facts={**FACTS, "caller": ""}
    )
    assert hidden.listen.state == "ask_phone"  # type: ignore[union-attr]


def test_outcome_gathers_what_steps_recorded() -> None:
    step = run(
        heard(intent="price_insurance"),
        *TO_NAME,
        heard(slots={"person_name": "Анна"}),
        heard(slots={"birth_date": "1"}),
    )
    outcome = outcome_of(step.state)
    assert outcome["outcome"] == "booked"
    assert outcome["happened"] == ["info_given", "booked"]
    assert outcome["info"] == ["price_insurance"]
    assert (outcome["patient"], outcome["at"]) == ("Анна", "2026-11-24T09:00")


def test_a_sub_flow_comes_back_to_the_question() -> None:
    step = run(heard(intent="price_insurance"))
    assert words(step) == "Сто рублей. К какому врачу?"
    assert step.listen.state == "ask_specialty"  # type: ignore[union-attr]


def test_misunderstanding_rephrases_then_menu_then_a_person() -> None:
    noise = heard("бур", "out_of_scope")
    assert words(run(noise)) == "Например, к терапевту?"
    assert words(run(noise, noise)) == "Терапевт, один."
    third = run(noise, noise, noise)
    assert third.effects[0].name == "transfer"
    assert "Соединяю" in words(third)


def test_understanding_in_between_begins_the_ladder_anew() -> None:
    noise = heard("бур", "out_of_scope")
    step = run(noise, noise, *TO_NAME, noise, noise)
    assert step.effects == ()
    assert words(step) == "Ноль?"


def test_silence_of_one_who_never_spoke_and_of_one_who_did() -> None:
    assert words(run(Silence())) == "Не слышу. Врач?"
    assert words(run(Silence(), Silence())) == "Совсем не слышу. Терапевт, один."
    assert run(Silence(), Silence(), Silence()).hangup
    spoken = run(heard("бур", "out_of_scope"), Silence(), Silence(), Silence())
    assert spoken.effects[0].name == "transfer"


def test_nothing_heard_by_the_recogniser_is_silence_and_not_speech() -> None:
    nothing = Heard(
        interpretation=Interpretation(
            text="", normalized="", intent="nlu_fallback", confidence=0, intents=(), guard="no_input"
        )
    )
    assert run(nothing, nothing, nothing).hangup


def test_interrupts_stand_above_the_question() -> None:
    step = run(*TO_NAME, heard(emergency=True, slots={"person_name": "Анна"}))
    assert words(step) == "Звоните 103."
    assert step.effects[0].name == "transfer"


def test_repeat_says_the_whole_last_turn() -> None:
    step = run(heard(intent="repeat"))
    assert words(step) == words(run())
    assert words(run(heard(intent="repeat"), heard(intent="repeat"))) == words(run())


def test_small_talk_without_end_ends_with_a_person() -> None:
    step = run(*[heard(intent="smalltalk")] * 5)
    assert step.effects[0].name == "transfer"


def test_no_call_is_longer_than_the_limit_of_turns() -> None:
    patient = small(**{"ladders/small_talk_limit": 20})
    assert not run(*[heard(intent="price_insurance")] * 12, script=patient).effects
    step = run(*[heard(intent="price_insurance")] * 13, script=patient)
    assert step.effects[0].name == "transfer"


def test_the_same_question_answered_again_and_again_ends_with_a_person() -> None:
    assert not run(*[heard(intent="price_insurance")] * 6).effects
    step = run(*[heard(intent="price_insurance")] * 7)
    assert step.effects[0].name == "transfer"


def test_keys_choose_spell_digits_and_call_a_person() -> None:
    assert run(Keys(digits="1")).effects[0].args == {"specialty": "терапевт"}
    assert run(Keys(digits="0")).effects[0].name == "transfer"
    to_birth = (*TO_NAME, heard(slots={"person_name": "Анна"}))
    assert run(*to_birth, Keys(digits="05031962")).hangup
    assert words(run(*to_birth, Keys(digits="99999999"))) == "Например, пятое мая?"


def test_a_new_value_drops_what_it_supersedes() -> None:
    first = run(heard(slots={"doctor": "Иванова"}))
    assert first.state.vars["doctor"] == "Иванова"
    later = advance(small(), first.state, heard(slots={"specialty": "лор"}))
    assert "doctor" not in later.state.vars
    together = run(heard(slots={"specialty": "терапевт", "doctor": "Иванова"}))
    assert together.state.vars["doctor"] == "Иванова"


def test_a_refused_effect_nobody_awaited_is_a_failure() -> None:
    step = run(TO_NAME[0], EffectDone(name="openings", ok=False, value={"error": "unavailable"}))
    assert words(step) == "Неполадка. Соединяю."


def test_an_awaited_refusal_takes_its_rule() -> None:
    step = run(heard(intent="operator"), EffectDone(name="transfer", ok=False, value={"error": "not_reached"}))
    assert words(step) == "Никого. До свидания."
    assert step.hangup


def test_hanging_up_runs_the_branch_unheard() -> None:
    step = run(HungUp())
    assert step.effects[0].name == "callback"
    assert step.say == ()
    done = advance(small(), step.state, EffectDone(name="callback", ok=False, value={"error": "unavailable"}))
    assert done.hangup
    assert done.say == ()


def test_after_the_end_nothing_happens() -> None:
    ended = run(Silence(), Silence(), Silence())
    again = advance(small(), ended.state, heard())
    assert again.say == ()
    assert again.hangup


@pytest.mark.parametrize("event", [EffectDone(name="x", ok=True), heard(), Keys(digits="1"), Silence()])
def test_events_out_of_place_change_nothing(event: Event) -> None:
    waiting_for_effect = run(TO_NAME[0]) if not isinstance(event, EffectDone) else run()
    step = advance(small(), waiting_for_effect.state, event)
    assert step.state.step == waiting_for_effect.state.step
    assert step.say == ()


def test_state_goes_to_json_and_back() -> None:
    state = run(heard(intent="price_insurance"), *TO_NAME).state
    data = json.loads(json.dumps(state.to_json(), ensure_ascii=False))
    assert DialogState.from_json(data) == state
    assert DialogState.from_json({**data, "field_of_a_later_version": 1}) == state


def test_a_resumed_call_hears_the_last_turn_and_an_effect_is_asked_for_again() -> None:
    step = run(*TO_NAME)
    assert words(say_again(small(), step.state)) == words(step)
    waiting = run(TO_NAME[0])
    assert say_again(small(), waiting.state).effects == waiting.effects


def test_a_recording_is_named_said_again_and_kept_over_a_restart() -> None:
    script = small(**{"steps/ask/ask/say": "@who(К кому вас записать?) {{ clinic }}."})
    step = run(script=script)
    assert [(say.text, say.recording) for say in step.say][-2:] == [
        ("К кому вас записать?", "who"),
        ("Здоровье.", ""),
    ]
    assert words(step).endswith("К кому вас записать? Здоровье."), "the journal keeps the words"
    again = advance(script, step.state, heard(intent="repeat"))
    assert again.say == step.say
    kept = DialogState.from_json(json.loads(json.dumps(step.state.to_json())))
    assert say_again(script, kept).say == step.say


def test_a_circle_in_the_script_ends_with_a_person() -> None:
    looping = small(**{"steps/done": {"next": "who"}})
    step = run(*TO_NAME, heard(slots={"person_name": "А"}), heard(slots={"birth_date": "1"}), script=looping)
    assert step.effects[0].name == "transfer"
    hopeless = small(**{"steps/done": {"next": "who"}, "steps/failed": {"next": "done"}})
    assert run(*TO_NAME, heard(slots={"person_name": "А"}), heard(slots={"birth_date": "1"}), script=hopeless).hangup


def test_a_sub_flow_that_needs_a_replay_hears_the_words_again() -> None:
    script = small(
        **{
            "interrupts/2": {"name": "price", "when": "misses == 0 and not told", "call": "price", "replay": True},
            "steps/price": {"set": {"told": True}, "say": "Сто.", "back": True},
        }
    )
    step = run(heard(slots={"specialty": "лор"}), script=script)
    assert words(step) == "Сто."
    assert step.effects[0].args == {"specialty": "лор"}
