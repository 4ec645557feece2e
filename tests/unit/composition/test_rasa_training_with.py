"""Rasa is trained on what the clinic has published too."""

from bot.composition.rasa import training_with
from dialogs.nlu.added import Added, shipped
from dialogs.nlu.rasa_training import rasa_training
from dialogs.port import Intent


def phrases(training: str, intent: str) -> list[str]:
    section = training.split(f"- intent: {intent}\n")[1].split("\n- ")[0]
    return [line.strip().removeprefix("- ") for line in section.splitlines()[1:]]


def test_without_anything_published_it_is_the_shipped_training() -> None:
    assert training_with() == rasa_training()


def test_a_published_phrase_is_taught_as_callers_say_it() -> None:
    made = training_with([Added(text="[имя] бегунок шлёпните", state="open", intent=Intent.DOCUMENTS)])
    assert "иванова мария бегунок шлепните" in phrases(made.files["nlu.yml"], "documents")
    assert made.model != rasa_training().model


def test_a_shipped_phrase_that_was_taught_anew_stands_under_its_new_intent_alone() -> None:
    text = next(text for text, meant in shipped().items() if meant is Intent.PREP_INFO)
    made = training_with([Added(text=text, state="open", intent=Intent.DOCUMENTS)]).files["nlu.yml"]
    assert text in phrases(made, "documents")
    assert text not in phrases(made, "prep_info")
