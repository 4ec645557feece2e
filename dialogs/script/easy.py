"""What old people and bad lines need of a script: keys wherever digits or a choice are asked, digits read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dialogs.port import Intent, State
from dialogs.prompts import recordings_in, words_of
from dialogs.script.model import Question, Script
from dialogs.script.wording import texts_of

Found = tuple[str, str]

KEY_WORDS: Final = {
    "0": "ноль",
    "1": "один",
    "2": "два",
    "3": "три",
    "4": "четыре",
    "5": "пять",
    "6": "шесть",
    "7": "семь",
    "8": "восемь",
    "9": "девять",
}
_DIGITS: Final = frozenset({State.ASK_PHONE, State.ASK_BIRTH, State.ASK_SICK_NUMBER})
_CHOICES: Final = frozenset(
    {State.ASK_CHOICE, State.ASK_BRANCH, State.ASK_SLOT_OK, State.ASK_VISIT_KIND, State.ASK_WAITLIST, State.ASK_MOVE}
)
_READ_BACK: Final = frozenset({"phone", "sick_leave_number"})
_OFFERS: Final = re.compile(r"\b(?:нажмите|нажать|набер)", re.IGNORECASE)
_CHOSEN: Final = re.compile(r"heard\.hints\.choice\s*==\s*'(\d)'")
_HOW_MANY: Final = re.compile(r"\w+ цифр\w*", re.IGNORECASE)
_SAID: Final = re.compile(r"\b(" + "|".join(KEY_WORDS.values()) + r")\b", re.IGNORECASE)


def check_easy(script: Script) -> Iterator[Found]:
    """Problems by place: digits or a choice without keys, keys that are not told or lead nowhere, faulty recordings."""
    for place, question in script.all_questions():
        yield from _keys(script, place, question)
    for text in texts_of(script):
        if text.kind == "prompt":
            yield from _recordings(text.place, text.source)


def _keys(script: Script, place: str, question: Question) -> Iterator[Found]:
    pressed = keys_of(question)
    asks_digits = question.expected == "digits" or question.state in _DIGITS
    asks_day = question.expected == "date" and question.state == State.ASK_DATE
    asks_choice = question.expected == "yes_no" or question.state in _CHOICES
    if asks_digits and not question.key_input:
        yield place, "спрашивает цифры: нужен key_input, чтобы их можно было набрать на телефоне"
    if asks_day and not (question.key_input or pressed):
        yield place, "спрашивает день: нужен key_input или keys"
    if asks_choice and not pressed:
        yield place, 'спрашивает о выборе: нужны keys, например {"1": affirm, "2": deny}'
    if question.expected == "yes_no" and pressed and not _says_yes_and_no(question):
        yield place, "вопрос «да или нет»: нужны клавиши и для согласия, и для отказа"
    if question.key_input in _READ_BACK and not script.read_back(question.key_input):
        yield place, "нет read_back: продиктованные цифры нужно повторить, чтобы их могли поправить"
    if asks_digits or asks_day or asks_choice:
        yield from _menu(script, place, question)


def _menu(script: Script, place: str, question: Question) -> Iterator[Found]:
    """The menu says every key in words, and no key that leads nowhere."""
    menu = " ".join(question.menu)
    if not _OFFERS.search(menu):
        yield place, "menu не предлагает клавиш: скажите «нажмите один» или «наберите»"
        return
    pressed = keys_of(question)
    told = {
        key
        for key, word in KEY_WORDS.items()
        if word in {found.lower() for found in _SAID.findall(_HOW_MANY.sub("", menu))}
    }
    for key in sorted(set(pressed) & set(KEY_WORDS) - told):
        yield place, f"menu не называет клавишу {key}: скажите «{KEY_WORDS[key]}»"
    for key in sorted(told - pressed - set(script.keys)):
        yield place, f"menu предлагает клавишу {key}, а она ни к чему не ведёт"


def keys_of(question: Question) -> frozenset[str]:
    """Every key that a question understands by itself."""
    chosen = {key for rule in question.rules for key in _CHOSEN.findall(rule.when or "")}
    return frozenset(question.keys) | chosen


def _says_yes_and_no(question: Question) -> bool:
    """A key of consent and one of refusal; choosing the first of what was offered is consent too."""
    meant = set(question.keys.values())
    consents = Intent.AFFIRM in meant or "1" in keys_of(question)
    return consents and bool(meant & {Intent.DENY, Intent.CANCEL_APPOINTMENT})


def _recordings(place: str, source: str) -> Iterator[Found]:
    for name, words in recordings_in(source):
        if not words:
            yield place, f"запись «{name}»: в скобках нужны её слова, @{name}(Здравствуйте!)"
        elif "{" in words:
            yield place, f"запись «{name}»: внутри записи не бывает переменных, вынесите их за скобки"
    if "@" in words_of(source):
        yield place, "знак @ начинает запись: @имя(слова записи), имя из букв, цифр, «-» и «_»"
