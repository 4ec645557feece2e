"""Words that a recogniser with grammars is held to in a state; outside them it decodes freely again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from speech.port import Expected

_HELP = "оператор оператора администратор администратора человек повторите не знаю алло"

_NUMBERS = (
    "ноль один одна два две три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать"
    " четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят"
    " шестьдесят семьдесят восемьдесят девяносто сто двести триста четыреста пятьсот шестьсот семьсот восемьсот"
    " девятьсот тысяча плюс номер телефон мой"
)

_YES_NO = (
    "да нет ага угу не надо нужно хорошо конечно верно правильно неверно неправильно согласен согласна подходит"
    " давайте можно записывайте подтверждаю отмените перенесите другое время день точно так именно ладно всё спасибо"
)

GRAMMARS: Final[Mapping[Expected, tuple[str, ...]]] = MappingProxyType(
    {
        Expected.DIGITS: tuple(dict.fromkeys(f"{_NUMBERS} {_HELP}".split())),
        Expected.YES_NO: tuple(dict.fromkeys(f"{_YES_NO} {_HELP}".split())),
    }
)
