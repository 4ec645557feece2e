"""How the caller wants to be spoken to, and what they feel, in their own words."""

from __future__ import annotations

import pytest

from dialogs.port import NluContext
from dialogs.slots.extract import extract
from tests.fixtures.talk import NOW


def hint(name: str, text: str) -> str:
    return extract(text, NluContext(state="open", now=NOW)).hints.get(name, "")


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Помедленнее, пожалуйста", "slower"),
        ("не так быстро", "slower"),
        ("говорите медленнее", "slower"),
        ("куда вы так быстро", "slower"),
        ("скажите ещё раз медленно, я записываю", "slower"),
        ("подождите, я записываю", "slower"),
        ("не успеваю за вами", "slower"),
        ("не тараторьте", "slower"),
        ("погромче можно", "louder"),
        ("говори громче, дочка", "louder"),
        ("плохо слышно", "louder"),
        ("вас плохо слышно", "louder"),
        ("вас не слышно", "louder"),
        ("алло, не слышно", "louder"),
        ("я вас не слышу", "louder"),
        ("я глухая", "louder"),
        ("слышно плохо", "louder"),
        ("туговата на ухо", "louder"),
        ("говорите громко", "louder"),
        ("говорите чётче", "slower"),
        ("ребёнок плохо слышит", ""),
        ("я глуховат, повторите", "louder"),
        ("говорите быстрее", "quicker"),
        ("быстрее", "quicker"),
        ("слишком медленно", "quicker"),
        ("говорите нормально", "usual"),
        ("говорите обычным голосом", "usual"),
        ("не кричите", "softer"),
        ("потише", "softer"),
        ("повторите, пожалуйста", ""),
        ("не расслышала", ""),
        ("связь плохая, пропадаете", ""),
        ("глухой кашель у ребёнка", ""),
        ("не успеваю прийти к десяти", ""),
        ("запишите поскорее", ""),
        ("на завтра к терапевту", ""),
    ],
)
def test_a_wish_how_to_be_spoken_to(text: str, wish: str) -> None:
    assert hint("manner", text) == wish


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("у меня болит зуб", "pain"),
        ("зуб разболелся, сил нет терпеть", "pain"),
        ("мне больно глотать", "pain"),
        ("сильные боли в спине", "pain"),
        ("я боюсь, что это серьёзно", "fear"),
        ("мне страшно", "fear"),
        ("очень переживаю за маму", "fear"),
        ("ничего не болит", ""),
        ("уже не больно", ""),
        ("боюсь, не успею к десяти", ""),
        ("боюсь опоздать", ""),
        ("не страшно, подожду", ""),
        ("сильной боли нет", ""),
        ("хочу записаться к терапевту", ""),
        ("больничный лист закрыть", ""),
    ],
)
def test_pain_and_fear(text: str, feeling: str) -> None:
    assert hint("feeling", text) == feeling
