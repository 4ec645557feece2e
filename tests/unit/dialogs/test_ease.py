"""Slower, louder, shorter, a kind word, digits dictated back: the engine alone, on a small script."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dialogs.engine import DialogState, advance, say_again
from dialogs.script import Script
from dialogs.step import EffectDone, Manner, Silence, Step
from tests.unit.dialogs.small_script import small
from tests.unit.dialogs.test_engine import FACTS, FOUND_DONE, TO_NAME, heard, run, words

SLOWER = heard("помедленнее", "repeat", hints={"manner": "slower"})
LOUDER = heard("плохо слышно", "repeat", hints={"manner": "louder"})
QUICKER = heard("говорите быстрее", "inform", hints={"manner": "quicker"})
NOISE = heard("бур", "out_of_scope")


def manners(step: Step) -> set[Manner]:
    return {say.manner for say in step.say}


def on(step: Step, *events: Any, script: Script | None = None) -> Step:
    for event in events:
        step = advance(script or small(), step.state, event)
    return step


class TestAskedFor:
    def test_the_last_turn_is_said_again_slower_and_so_is_the_rest_of_the_call(self) -> None:
        again = run(SLOWER)
        assert words(again) == words(run())
        assert manners(again) == {Manner(rate=0.8)}
        assert manners(on(again, *TO_NAME)) == {Manner(rate=0.8)}

    def test_each_wish_works_twice(self) -> None:
        assert manners(run(SLOWER, SLOWER, SLOWER)) == {Manner(rate=0.64)}
        assert manners(run(LOUDER, LOUDER, LOUDER)) == {Manner(gain_db=12.0)}
        assert manners(run(SLOWER, LOUDER)) == {Manner(rate=0.8, gain_db=6.0)}

    def test_back_to_the_usual(self) -> None:
        back = run(SLOWER, SLOWER, QUICKER)
        assert manners(back) == {Manner()}
        assert words(back) == words(run())
        softer = heard("не кричите", "out_of_scope", hints={"manner": "softer"})
        assert manners(run(LOUDER, LOUDER, softer)) == {Manner(gain_db=6.0)}
        usual = heard("говорите нормально", "inform", hints={"manner": "usual"})
        assert manners(run(SLOWER, LOUDER, usual)) == {Manner()}

    def test_the_usual_is_nothing_to_come_back_from(self) -> None:
        assert words(run(QUICKER)) == "Например, к терапевту?", "no wish, so it was not understood"

    def test_in_passing_it_changes_the_voice_and_the_answer_counts(self) -> None:
        said = "к терапевту запишите меня только погромче говорите пожалуйста"
        step = run(heard(said, slots={"specialty": "терапевт"}, hints={"manner": "louder"}))
        assert step.effects[0].args == {"specialty": "терапевт"}
        assert manners(on(step, FOUND_DONE)) == {Manner(gain_db=6.0)}

    def test_sooner_is_no_wish_where_a_day_is_asked(self) -> None:
        script = small(**{"steps/ask/ask/take": ["specialty", "date"]})
        sooner = heard("побыстрее", hints={"manner": "quicker"})
        assert manners(run(SLOWER, sooner, script=script)) == {Manner(rate=0.8)}

    def test_danger_to_life_comes_first(self) -> None:
        step = run(heard("плохо слышно не дышит", emergency=True, hints={"manner": "louder"}))
        assert step.effects[0].name == "transfer"

    def test_it_outlives_a_restart(self) -> None:
        state = run(SLOWER, LOUDER).state
        kept = DialogState.from_json(json.loads(json.dumps(state.to_json(), ensure_ascii=False)))
        assert kept == state
        later = {**state.to_json(), "ease": {"slow": 1, "loud": 1, "field_of_a_later_version": 1}}
        assert DialogState.from_json(later).ease == state.ease
        assert manners(say_again(small(), kept)) == {Manner(rate=0.8, gain_db=6.0)}

    def test_settings_of_the_script(self) -> None:
        script = small(speech={"slow_rate": 0.7, "loud_db": 4})
        assert manners(run(SLOWER, LOUDER, script=script)) == {Manner(rate=0.7, gain_db=4.0)}


class TestByItself:
    def test_two_troubles_make_the_rest_of_the_call_slower_and_shorter(self) -> None:
        assert manners(run(NOISE)) == {Manner()}
        assert manners(run(NOISE, NOISE)) == {Manner(rate=0.8)}
        assert manners(run(Silence(), NOISE)) == {Manner(rate=0.8)}
        price = heard(intent="price_insurance")
        assert words(run(NOISE, NOISE, price)) == "Сто рублей. Врач?"
        assert words(run(NOISE, price)) == "Сто рублей. К какому врачу?"

    def test_the_limit_is_a_setting(self) -> None:
        assert manners(run(NOISE, script=small(speech={"ease_after_troubles": 1}))) == {Manner(rate=0.8)}

    def test_who_wants_it_quicker_has_it_quicker(self) -> None:
        assert manners(run(NOISE, NOISE, QUICKER)) == {Manner()}
        assert manners(run(NOISE, NOISE, SLOWER)) == {Manner(rate=0.64)}

    @pytest.mark.parametrize(("born", "rate"), [("1961-11-23", 0.8), ("1961-11-24", 1.0), ("", 1.0), ("junk", 1.0)])
    def test_age_is_known_from_the_record_after_identity(self, born: str, rate: float) -> None:
        script = small(**{"steps/find/do": "find_patient", "steps/find/save": "patient"})
        found = EffectDone(name="find_patient", ok=True, value={"found": True, "birth_date": born})
        assert manners(run(TO_NAME[0], found, script=script)) == {Manner(rate=rate)}
        stranger = replace(found, value={"found": False, "birth_date": born})
        assert manners(run(TO_NAME[0], stranger, script=script)) == {Manner()}

    def test_of_an_outbound_call_once_it_is_the_right_person(self) -> None:
        facts = {**FACTS, "visit": {"patient": "Кузьмина Валентина", "birth_date": "1948-02-14"}}
        assert manners(run(facts=facts)) == {Manner()}
        named = heard(slots={"person_name": "Кузьмина Валентина"})
        assert manners(run(*TO_NAME, named, facts=facts)) == {Manner(rate=0.8)}

    def test_what_names_a_time_or_asks_about_danger_is_never_shortened(self) -> None:
        for changes in ({"steps/ask/ask/say": "К кому, {{ clinic }}?"}, {"steps/ask/ask/state": "ask_red_flags"}):
            script = small(**changes)
            price = heard(intent="price_insurance")
            assert "Врач?" not in words(run(NOISE, NOISE, price, script=script))


class TestDictation:
    NAMED = (*TO_NAME, heard(slots={"person_name": "Анна"}), heard(slots={"birth_date": "1962-03-05"}))
    UNKNOWN = FACTS | {"caller": ""}

    def test_a_number_is_dictated_back_in_groups_with_pauses(self) -> None:
        step = run(*self.NAMED, heard(slots={"phone": "+79161112535"}), facts=self.UNKNOWN)
        (said,) = [say for say in step.say if say.text.startswith("Номер")]
        assert said.text == "Номер: восемь, девятьсот шестнадцать, сто одиннадцать, двадцать пять, тридцать пять."
        assert said.manner == Manner(rate=0.8, pause_ms=450), "a pace at which it can be written down"
        assert {say.manner for say in step.say if say is not said} == {Manner()}

    def test_one_group_put_right_is_as_good_as_the_whole_number(self) -> None:
        script = small(
            **{
                "steps/done/next": "sure",
                "steps/sure": {
                    "ask": {
                        "state": "confirm",
                        "say": "Верно?",
                        "rephrase": "Да?",
                        "take": ["phone"],
                        "rules": [{"when": "heard.slots.phone", "next": "sure"}],
                    },
                    "next": "bye",
                },
            }
        )
        asked = run(*self.NAMED, heard(slots={"phone": "+79161112535"}), facts=self.UNKNOWN, script=script)
        wrong = heard("нет, не двадцать пять, а сорок пять", "deny", ask_red_flags=True)
        step = on(asked, wrong, script=script)
        assert step.state.vars["phone"] == "+79161114535"
        assert "ask_red_flags" not in step.state.heard, "bare numbers only sounded like danger"
        assert words(step).endswith("сто одиннадцать, сорок пять, тридцать пять. Верно?")

    def test_a_number_may_come_in_parts(self) -> None:
        script = small(dictation=["Так.", "Дальше."])
        parts = [heard("часть", "out_of_scope", hints={"digits": digits}) for digits in ("8916", "111", "2535")]
        step = run(*self.NAMED, facts=self.UNKNOWN, script=script)
        step = on(step, parts[0], script=script)
        assert (words(step), step.listen is not None) == ("Так.", True)
        step = on(step, parts[1], script=script)
        assert words(step) == "Дальше."
        assert DialogState.from_json(step.state.to_json()) == step.state
        step = on(step, parts[2], script=script)
        assert step.state.vars["phone"] == "+79161112535"
        assert words(step).startswith("Номер: восемь, девятьсот шестнадцать")

    def test_a_number_that_came_to_nothing_is_begun_anew(self) -> None:
        script = small(dictation=["Так."])
        part = heard("часть", "out_of_scope", hints={"digits": "8916111"})
        step = on(run(*self.NAMED, facts=self.UNKNOWN, script=script), part, part, script=script)
        assert words(step) == "Например?", "fourteen digits are no phone"
        step = on(step, part, script=script)
        assert (words(step), step.state.dictated) == ("Так.", "8916111")
        moment = heard("один момент", "smalltalk", hints={"digits": "1"})
        assert on(step, moment, script=script).state.dictated == "8916111", "a word, no digit"
        silent = on(step, Silence(), script=script)
        assert silent.state.dictated == ""

    def test_bare_numbers_are_no_danger_but_danger_among_them_is(self) -> None:
        asked = run(*self.NAMED, facts=self.UNKNOWN)
        sounded = heard("девять один шесть", ask_red_flags=True, hints={"digits": "916"})
        assert "ask_red_flags" not in on(asked, sounded).state.heard
        said = heard("девять один шесть мне плохо", ask_red_flags=True, hints={"digits": "916"})
        assert on(asked, said).state.heard["ask_red_flags"]


class TestKindWord:
    PAIN = heard("зуб болит", "out_of_scope", hints={"feeling": "pain"})
    FEAR = heard("боюсь", "out_of_scope", hints={"feeling": "fear"})

    def test_before_the_next_question_once_for_each_feeling(self) -> None:
        first = run(self.PAIN)
        assert words(first) == "Сочувствую. Например, к терапевту?"
        assert words(on(first, self.FEAR)) == "Понимаю. Терапевт, один."
        assert "Сочувствую" not in words(on(first, heard("болит", "price_insurance", hints={"feeling": "pain"})))

    def test_before_what_is_looked_up(self) -> None:
        step = run(heard(slots={"specialty": "терапевт"}, hints={"feeling": "pain"}))
        assert words(step) == "Сочувствую."
        assert step.effects[0].name == "openings"

    def test_never_on_the_way_to_103_or_to_a_person(self) -> None:
        for more in ({"emergency": True}, {"intent": "operator"}, {"ask_red_flags": True}):
            step = run(heard("болит", **{"hints": {"feeling": "pain"}, **more}))
            assert "Сочувствую" not in words(step)
            assert step.state.comforted == ()

    def test_never_when_the_answer_itself_is_the_emergency(self) -> None:
        task_first = {"record": {"outcome": "emergency"}, "do": "callback", "args": {"reason": "e"}, "next": "person"}
        script = small(**{"steps/emergency": task_first, "steps/ask/ask/rules/0/next": "emergency"})
        step = run(heard("да, болит", "affirm", hints={"feeling": "pain"}), script=script)
        assert step.effects[0].name == "callback"
        assert step.say == ()

    def test_repeated_with_the_turn_it_belongs_to(self) -> None:
        assert words(on(run(self.PAIN), heard(intent="repeat"))) == words(run(self.PAIN))
