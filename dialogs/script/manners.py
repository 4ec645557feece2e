"""Checks of what a caller meets: silence, keys, words that two rules claim, adverts, what the call itself must say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from dialogs.script.graph import every_question, every_rules
from dialogs.script.model import CALL_TEXTS, Rule, Script
from dialogs.script.wording import spoken_seconds, texts_of

ADVERTISING: Final = "advertising"
_ADVERT: Final = re.compile(
    r"\b(?:скидк|акци[яию]\b|акционн|распродаж|спецпредложени|специальн\w+ предложени|выгодн)", re.I
)
_LONG: Final = 0.8
"""A question longer than this share of the longest prompt is not said whole once more after silence."""
_SAYING: Final = re.compile(r"heard\.normalized is saying\(\s*\[([^\]]*)\]\s*\)")
_QUOTED: Final = re.compile(r"""'([^']*)'|"([^"]*)\"""")

Found = tuple[str, str]


def manners(script: Script) -> Iterator[Found]:
    """Place and what to do, in Russian."""
    yield from _unanswered(script)
    yield from _keys(script)
    yield from _claimed_twice(script)
    yield from _adverts(script)
    for name, when in CALL_TEXTS.items():
        if not isinstance(script.texts.get(name), str):
            yield f"texts.{name}", f"нет реплики: {when}"


def _unanswered(script: Script) -> Iterator[Found]:
    """Who was silent at a long question must not hear all of it again."""
    limit = script.speech.max_prompt_seconds * _LONG
    for place, question in every_question(script):
        seconds = max((spoken_seconds(script, wording) for wording in question.say), default=0.0)
        if seconds > limit and not question.short:
            yield place, f"нет short: после молчания прозвучит весь вопрос, около {seconds:.0f} с"


def _keys(script: Script) -> Iterator[Found]:
    for place, question in every_question(script):
        if question.keys and not question.menu:
            yield place, "клавиши есть, а menu нет: о них никто не узнает"
        for key in sorted(set(question.keys) & set(script.keys)):
            if question.keys[key] != script.keys[key]:
                yield place, f"клавиша {key} здесь «{question.keys[key]}», а везде «{script.keys[key]}»"


def _claimed_twice(script: Script) -> Iterator[Found]:
    """A phrase that decides by itself in two rules of one place: the second never gets it."""
    for place, rules in every_rules(script):
        owners: dict[tuple[str, tuple[str, ...]], Rule] = {}
        for rule in rules:
            for phrase in _deciding(rule):
                first = owners.setdefault((phrase, tuple(rule.intent)), rule)
                if first is not rule and (first.next, first.call) != (rule.next, rule.call):
                    ways = f"«{first.next or first.call}» и «{rule.next or rule.call}»"
                    yield place, f"фраза «{phrase}» ведёт в два места, {ways}: сработает первое"


def _deciding(rule: Rule) -> Sequence[str]:
    """The phrases of a rule that asks for nothing but them."""
    only = _SAYING.fullmatch((rule.when or "").strip())
    if only is None or rule.error or not (rule.next or rule.call):
        return ()
    return [one or other for one, other in _QUOTED.findall(only.group(1))]


def _adverts(script: Script) -> Iterator[Found]:
    """38-ФЗ: nobody is phoned with an advert who has not agreed to it."""
    if script.direction != "outbound":
        return
    if script.purpose == ADVERTISING:
        if script.consent != ADVERTISING:
            yield "purpose", f"реклама без согласия: добавьте consent: {ADVERTISING}"
        return
    for text in texts_of(script):
        if text.kind == "prompt" and _ADVERT.search(text.source):
            yield text.place, f"похоже на рекламу: уберите, или задайте purpose и consent: {ADVERTISING}"
