"""A clinic's own words are heard as what they mean."""

from dialogs.nlu.pipeline import Understander
from dialogs.nlu.synonyms import reworded

OWN = {
    "просветка": "флюорография",
    "просветку": "флюорографию",
    "большая кровь": "развернутый анализ крови",
    "кровь": "анализ крови",
}


def test_whole_words_the_longest_first_and_nothing_else() -> None:
    assert reworded("Мне просветку, пожалуйста!", OWN) == "мне флюорографию, пожалуйста!"
    assert reworded("большая кровь и кровь", OWN) == "развернутый анализ крови и анализ крови"
    assert reworded("Кровью харкает", OWN) == "Кровью харкает"
    assert reworded("Мне просветку", {}) == "Мне просветку"


async def test_rules_and_engine_hear_the_meaning_the_journal_keeps_the_words(engine, context) -> None:
    plain, taught = Understander(engine), Understander(engine, OWN)
    said = "как подготовиться на просветку"
    found = await taught.interpret(said, context())
    assert found.text == said
    assert found.normalized == "как подготовиться на флюорографию"
    assert found.slots == (await plain.interpret("как подготовиться на флюорографию", context())).slots
    assert found.slots != (await plain.interpret(said, context())).slots
