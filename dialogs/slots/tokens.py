"""Text as tokens: words, numbers (spoken or written) and stops, with what the recogniser did undone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from dialogs.slots import morph
from dialogs.slots.lexicon import often_torn
from dialogs.slots.numbers import NUMBER_WORDS, read_number

_TOKEN: Final = re.compile(
    r"\d+(?:[.,:/–-]\d+)*(?:-?[а-я]{1,2}\b)?|[а-яa-z]+(?:-[а-яa-z]+)*|[.,!?;:…]"  # numbers, words, stops
)
_JOINED: Final = re.compile(r"^(\d+(?:[.,:/–-]\d+)*)-?([а-я]{0,2})$")
_ORDINAL_SUFFIXES: Final = frozenset({"го", "е", "й", "я", "ое", "ая", "ый", "ой", "ю", "м", "му", "х"})
_DIGIT_NOUNS: Final = {
    "ноль": 0, "нуля": 0, "ноля": 0, "нулей": 0, "единица": 1, "единицы": 1, "единичка": 1, "единички": 1,
    "двойка": 2, "двойки": 2, "тройка": 3, "тройки": 3, "четверка": 4, "четверки": 4, "пятерка": 5, "пятерки": 5,
    "шестерка": 6, "шестерки": 6, "семерка": 7, "семерки": 7, "восьмерка": 8, "восьмерки": 8, "девятка": 9,
    "девятки": 9,
}  # fmt: skip
_SPELLED: Final = (
    (re.compile(r"\bна(?=пос(?:ле|лед|ли)[- ]?завтра)"), "на "),
    (re.compile(r"\bпос(?:ле|лед|ли)[- ]?завтра"), "послезавтра"),
    (re.compile(r"(?<=\d) ?(?:-?го |-?е )?мо[яе](?= \d{2,4}\b)"), " мая"),
    (re.compile(r"(?<=\d) и (?=(?:январ|феврал|март|апрел|мая|июн|июл|август|сентябр|октябр|ноябр|декабр))"), " "),
    (re.compile(r"\bо ?эм ?эс\b|\bо м с\b|\bомэс\b"), "омс"),
    (re.compile(r"\b(?:дэ|де) ?эм ?эс\b|\bд м с\b|\bдэмэс\b"), "дмс"),
    (re.compile(r"\bу ?зи\b|\bуз[ые]\b"), "узи"),
    (re.compile(r"\bу ?зи(?!ст)(?=[а-я]{4})"), "узи "),
    (re.compile(r"\bэм ?эр ?т[эе]\b|\bм р т\b|\bэмэртэ\b"), "мрт"),
    (re.compile(r"\b(?:ка ?т[эе]|к т)\b"), "кт"),
    (re.compile(r"\b(?:[эея] ?ка ?г[эе]|[эе] ?ка ?го|э к г)\b"), "экг"),
    (re.compile(r"\b(?:на ?)?[эея]ка ?гов\b"), "на экг в"),
    (re.compile(r"\b(?:п[эе] ?ц[эе] ?эр|п ц р)\b"), "пцр"),
    (re.compile(r"\bа ?ка ?д[эе] ?эс\b|\bа к д с\b"), "акдс"),
    (re.compile(r"\b(?:щас|ща)\b"), "сейчас"),
    (re.compile(r"\bнадом\b"), "на дом"),
    (re.compile(r"\bпочему вас (?!не\b|нет\b|так|никто|никогда|все|ни\b)"), "почем у вас "),
    (re.compile(r"\b(?:ан ?|от ?|ат ?)гр[еи]пп?[ау]\b"), "от гриппа"),
    (re.compile(r"\bпосле завтра\b"), "послезавтра"),
    (re.compile(r"\bд[оа] ?ск[оа]льк?[иое]\b"), "до скольки"),
    (re.compile(r"\bклору\b"), "к лору"),
    (re.compile(r"\b(?:как?|ко) у ?лист(?:у|ов|ом|а)\b"), "к окулисту"),
    (
        re.compile(
            r"(?<!идет )(?<!течет )(?<!пошла )\bкров(?:ь|и) из (?:вены|пальца)\b(?! (?:не|и|ид|теч|ль|хле|капа|фонтан))"
        ),
        "анализ крови",
    ),  # how people call it; blood "из" anywhere else is a danger
    (
        re.compile(r"^не (?=бы\b|ко? (?!.*\bа к)|(?:надо|нужно) (?:записаться|попасть|сдать|сделать)\b)"),
        "мне ",
    ),  # a lost first sound: "не бы к терапевту"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token; for a number `parts` are its written groups ("9.30" -> 9, 30) and `value` the only one, if one."""

    kind: Literal["word", "num", "stop"]
    text: str
    value: int | None = None
    ordinal: bool = False
    parts: tuple[str, ...] = ()
    separator: str = ""
    suffix: str = ""
    spoken: bool = False

    @property
    def digits(self) -> str:
        """All digits of a number in order, as they would be dialled."""
        return "".join(self.parts)


def fold(text: str) -> str:
    """Lower the case and write е for ё."""
    return text.lower().replace("ё", "е")


def normalise(text: str) -> str:
    """Return text as classifiers see it: folded, one space, punctuation only inside numbers."""
    return " ".join(token.text for token in _lex(text) if token.kind != "stop")


def tokenize(text: str) -> list[Token]:
    """Split text into tokens; neighbouring number words become one number token."""
    raw = _lex(text)
    tokens: list[Token] = []
    index = 0
    while index < len(raw):
        token, used = _number_at(raw, index) if raw[index].kind == "word" else (raw[index], 1)
        tokens.append(token)
        index += used
    return tokens


@lru_cache(maxsize=1024)
def _lex(text: str) -> tuple[Token, ...]:
    """Cached: an utterance is normalised and tokenised in one turn, more than once."""
    folded = fold(text)
    for pattern, written in _SPELLED:
        folded = pattern.sub(written, folded)
    return tuple(_mend([_token(match.group()) for match in _TOKEN.finditer(folded)]))


def _mend(tokens: list[Token]) -> list[Token]:
    """Undo what a recogniser does to words: "при вивка" -> прививка, "впять" -> в пять."""
    mended: list[Token] = []
    for token in tokens:
        last = mended[-1] if mended else None
        if last and last.kind == token.kind == "word" and _is_torn(last.text, token.text):
            mended[-1] = Token(kind="word", text=last.text + token.text)
        elif token.kind == "word" and _is_glued(token.text):
            mended += [Token(kind="word", text=token.text[0]), Token(kind="word", text=token.text[1:])]
        else:
            mended.append(token)
    return mended


@lru_cache(maxsize=8192)
def _is_torn(first: str, second: str) -> bool:
    """Tell whether two pieces, one of them no word, make a word together."""
    if len(first) + len(second) < 6 or min(len(first), len(second)) < 2:
        return False
    if first + second in often_torn():
        return True
    return not (morph.is_known(first) and morph.is_known(second)) and morph.is_known(first + second)


@lru_cache(maxsize=8192)
def _is_glued(word: str) -> bool:
    """Tell whether a preposition of one letter was glued to a number or a long word: "впять", "кокулисту"."""
    if word[0] not in "вкс" or len(word) < 5 or word in NUMBER_WORDS:
        return False
    if word[1:] in NUMBER_WORDS or word[1:] in often_torn():
        return not morph.is_known(word) or word == "впять"
    return False


def _token(piece: str) -> Token:
    if piece[0].isdigit():
        return _written_number(piece)
    if not piece[0].isalpha():
        return Token(kind="stop", text=piece)
    return Token(kind="word", text=piece)


def _written_number(piece: str) -> Token:
    joined = _JOINED.match(piece)
    assert joined is not None  # the token pattern is the same
    body, suffix = joined.groups()
    parts = tuple(re.split(r"[.,:/–-]", body))
    separator = next((char for char in body if not char.isdigit()), "")
    ordinal = suffix in _ORDINAL_SUFFIXES
    value = int(body) if len(parts) == 1 else None
    return Token(
        kind="num", text=piece, value=value, ordinal=ordinal, parts=parts, separator=separator,
        suffix="" if ordinal else suffix,
    )  # fmt: skip


def _number_at(raw: Sequence[Token], index: int) -> tuple[Token, int]:
    words = []
    for token in raw[index : index + 7]:
        if token.kind != "word":
            break
        words.append(token.text)
    repeated = _repeated_digit(words)
    if repeated is not None:
        return repeated, 2
    number = read_number(words)
    if number is None:
        return raw[index], 1
    text = " ".join(words[: number.length])
    token = Token(
        kind="num", text=text, value=number.value, ordinal=number.ordinal, parts=(str(number.value),), spoken=True
    )
    return token, number.length


def _repeated_digit(words: list[str]) -> Token | None:
    """Read "два нуля", "три семерки" as 00 and 777."""
    if len(words) < 2 or words[1] not in _DIGIT_NOUNS or words[1] == "ноль":
        return None
    count = {"два": 2, "две": 2, "три": 3, "четыре": 4}.get(words[0])
    if count is None:
        return None
    digits = str(_DIGIT_NOUNS[words[1]]) * count
    return Token(kind="num", text=" ".join(words[:2]), value=int(digits), parts=(digits,), spoken=True)
