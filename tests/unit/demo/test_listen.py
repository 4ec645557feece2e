"""What is compared when the bot's side of a recording is recognised."""

from __future__ import annotations

import numpy as np
import pytest

from bot.demo.listen import phrases, plain
from speech import pcm


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Завтра, двадцать четвёртого ноября, в девять часов.", "завтра 24 ноября в 9 часов"),
        ("тысяча девятьсот семьдесят девятого года", "1979 года"),
        ("адрес проспект Строителей", "адрес-проспект строителей"),
    ],
)
def test_a_prompt_and_what_a_recogniser_writes_of_it_are_the_same_words(said: str, heard: str) -> None:
    assert plain(said) == plain(heard)


def test_another_hour_is_an_error() -> None:
    assert plain("в девять часов") != plain("в 10 часов")


def test_phrases_are_parted_by_long_pauses_only() -> None:
    tone = pcm.tone(300, 600)
    found = phrases(tone + pcm.silence(300) + tone + pcm.silence(900) + tone)
    assert [round(pcm.duration_ms(one), -2) for one in found] == [1700, 700]
    assert np.frombuffer(found[1], dtype="<i2").any()
