"""Gates against invented text: what was really seen, and real answers that must pass."""

from __future__ import annotations

import pytest

from speech import invented


@pytest.mark.parametrize(
    "text",
    [
        "Добрактор субтитров Н. В. В.",
        "Редактор субтитров А.Синецкая Корректор А.Егорова",
        "СПОКОЙНАЯ МУЗЫКА",
        "Продолжение следует...",
        "Субтитры сделал DimaTorzok",
        "ИНТРИГУЮЩАЯ МУЗЫКА",
        "Спасибо за просмотр!",
    ],
)
def test_captions_are_nothing(text: str) -> None:
    assert invented.without_captions(text) == ""


@pytest.mark.parametrize(
    "text",
    ["Да.", "НЕТ", "Хочу записаться на УЗИ.", "Спасибо, до свидания!", "УЗИ", "Мне нужна музыкальная терапия."],
)
def test_answers_pass(text: str) -> None:
    assert invented.without_captions(text) == text


def test_a_caption_after_an_answer_is_cut_off() -> None:
    assert invented.without_captions("Да, запишите. Субтитры создавал DimaTorzok") == "Да, запишите."


@pytest.mark.parametrize(
    "text",
    [
        "100, 100, 100, 100, 100, 100, 100, 100",
        "на завтра на завтра на завтра на завтра на завтра на завтра на завтра",
        "и вот я и вот я и вот я и вот я",
        "а" * 40,
    ],
)
def test_loops_are_found(text: str) -> None:
    assert invented.loops(text)


@pytest.mark.parametrize(
    "text",
    ["22 22 22 22", "восемь девятьсот ноль ноль ноль ноль ноль ноль", "да да да да", "нет, нет, нет, не надо", ""],
)
def test_real_repetitions_are_not_loops(text: str) -> None:
    assert not invented.loops(text)


def test_confidence_orders_as_the_measured_bands() -> None:
    points = [invented.confidence(value) for value in (-2.0, -1.2, -1.0, -0.75, -0.5, -0.3, -0.1, 0.0)]
    assert points == sorted(points)
    assert points[0] == 0.0
    assert points[-1] == 0.95
    assert invented.confidence(-0.4) == pytest.approx(invented.ACCEPT, abs=0.01)
    assert invented.confidence(-0.9) == pytest.approx(invented.CONFIRM, abs=0.01)
