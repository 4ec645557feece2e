"""Examinations, tests and vaccines: "ультразвук щитовидки" -> узи щитовидной железы."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from dialogs.slots import morph
from dialogs.slots.mentions import Mention, Reading

_SCANS: Final = (
    (r"узи|ультразвук\w*|узишк\w*|ультразвуков\w*", "узи"),
    (r"мрт|магнитно-?\w*|магниторезонанс\w*", "мрт"),
    (r"кт|компьютерн\w+ томограф\w+", "кт"),
    (r"рентген\w*|снимок|снимки|флюрентген", "рентген"),
)
_ORGANS: Final = (
    (r"брюшн\w+|живот\w*|брюх\w+", "брюшной полости"), (r"щитовид\w+", "щитовидной железы"), (r"поч(?:ек|ки|ка|кам)", "почек"),
    (r"мал\w+ таз\w*", "малого таза"), (r"тазобедренн\w+", "тазобедренного сустава"), (r"сердц\w+|сердеч\w+", "сердца"),
    (r"молочн\w+|груди", "молочных желез"), (r"простат\w*|предстательн\w+", "простаты"), (r"печен\w+", "печени"),
    (r"мочев\w+ пузыр\w*", "мочевого пузыря"), (r"сосуд\w+ (?:шеи|головы|ног)", ""), (r"сосуд\w*", "сосудов"),
    (r"вен\b|вены|вен ног", "вен"), (r"поясни\w+|поясничн\w+", "поясницы"), (r"позвоночник\w*|спин[аыу]", "позвоночника"),
    (r"колен\w*", "колена"), (r"головн\w+ мозг\w*|мозг\w*", "головного мозга"), (r"голов[аыу]", "головы"),
    (r"легк(?:их|ие|им)", "легких"), (r"грудн\w+ клетк\w+", "грудной клетки"), (r"ше[ияюй]\w*", "шеи"), (r"стоп[аыу]", "стопы"),
    (r"кист[иью]\w*", "кисти"), (r"плеч\w+", "плеча"), (r"суставов|сустав\w*", "сустава"), (r"зуб\w*", "зуба"),
    (r"пазух\w*|носа", "пазух носа"), (r"ног[иу]?", "ноги"), (r"рук[иу]", "руки"), (r"таз\w*", "таза"), (r"матк\w+", "матки"),
)  # fmt: skip
_VACCINES: Final = (
    (r"грипп?\w*", "гриппа"), (r"ковид\w*|корон\w+", "ковида"), (r"кор[иью]\w?", "кори"), (r"столбня\w+", "столбняка"),
    (r"дифтери\w+", "дифтерии"), (r"гепатит\w*", "гепатита"), (r"ветрян\w+", "ветрянки"), (r"впч|папиллом\w*", "впч"),
    (r"бешенств\w*", "бешенства"), (r"пневмокок\w*", "пневмококка"), (r"полиомиелит\w*|полиомелит\w*", "полиомиелита"),
    (r"клещ\w*|энцефалит\w*", "клещевого энцефалита"),
)  # fmt: skip
_PLAIN: Final = (
    (r"флюорограф\w*|флюрограф\w*|флюшк\w*|флюорк\w*|флюр[аыу]", "флюорография"), (r"маммограф\w*|мамограф\w*", "маммография"),
    (r"экг|электрокардиограмм\w*|кардиограмм\w*", "экг"), (r"холтер\w*|суточн\w+ мониторинг\w*", "холтер"),
    (r"гастроскоп\w*|фгдс|эфгдс|фгс|эгдс|глота\w+ (?:кишк\w+|зонд\w*|трубк\w+|лампочк\w+)", "гастроскопия"),
    (r"колоноскоп\w*|коланоскоп\w*", "колоноскопия"), (r"ирригоскоп\w*|иригоскоп\w*", "ирригоскопия"), (r"скрининг\w*", "скрининг"),
    (r"общ\w+ анализ\w* крови|оак", "общий анализ крови"), (r"общ\w+ анализ\w* мочи", "анализ мочи"),
    (r"биохими\w*(?: крови)?", "биохимия"), (r"пцр", "пцр"), (r"посев\w*", "посев"), (r"биопси\w*", "биопсия"),
    (r"диспансеризац\w*", "диспансеризация"), (r"мед ?осмотр\w*|медицинск\w+ осмотр\w*|профосмотр\w*", "медосмотр"),
    (r"массаж\w*", "массаж"), (r"(?:чист?к\w+|почистить|гигиен\w+) (?:зуб\w*|полости рта)|чистк\w+", "чистка зубов"),
    (r"имплант\w*", "имплант"), (r"справк\w+ (?:в|для) бассейн\w*", "справка в бассейн"),
    (r"акдс", "акдс"), (r"манту|реакци\w+ манту", "манту"), (r"диаскин\w*(?: ?тест\w*)?", "диаскинтест"),
)  # fmt: skip
_ANALYSES: Final = (
    (r"сахар\w*|глюкоз\w*", "анализ на сахар"), (r"холестерин\w*", "анализ на холестерин"), (r"гормон\w*", "анализ на гормоны"),
    (r"пса", "анализ на пса"), (r"ковид\w*|корон\w+", "анализ на ковид"), (r"моч[аиуе]", "анализ мочи"),
    (r"кал|кала", "анализ кала"), (r"кров[ьи]|кровушк\w*", "анализ крови"),
)  # fmt: skip
_GAP: Final = r"(?: (?:на|от|по|и|крови|кровь|органов|полости|это|делать|сделать|про|против|области|отдела|железы|сдать|сдавать)){0,3} "
_GIVEN: Final = r"сда\w+|бер[еу]\w*|брать|берут|возьм\w+|принима\w+|занести|готов\w*"
_MISHEARD: Final = (
    "флюорография", "маммография", "кардиограмма", "гастроскопия", "колоноскопия", "ирригоскопия", "диспансеризация",
    "медосмотр", "рентген", "прививка", "вакцинация", "биохимия", "ультразвук",
)  # fmt: skip
_LIKE: Final = 84

_Rule = tuple[re.Pattern[str], str]


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    """Return the rules, the more specific first: vaccines and organs before plain words and bare scans."""
    rules = [
        (rf"(?:прив\w+|вивк\w+|вакцин\w+|уколоть\w*|укол\w*){_GAP}(?:{stem})", f"прививка от {of}")
        for stem, of in _VACCINES
    ]
    rules += [(rf"от (?:{stem}) (?:прив\w+|вивк\w+|вакцин\w+)", f"прививка от {of}") for stem, of in _VACCINES]
    rules += [(rf"(?:{scan}){_GAP}(?:{organ})", f"{name} {of}") for scan, name in _SCANS for organ, of in _ORGANS if of]
    rules += list(_PLAIN)
    rules += [(rf"(?:анализ\w*|тест\w*|мазок|сда\w+|сдам|кровь){_GAP}(?:{stem})", name) for stem, name in _ANALYSES]
    rules += [
        (rf"кров[ьи](?: [а-я]+){{0,5}} (?:{_GIVEN})|результат\w* крови", "анализ крови"),
        (rf"моч[ауи](?: [а-я]+){{0,5}} (?:{_GIVEN})|результат\w* мочи", "анализ мочи"),
    ]
    rules += [(scan, name) for scan, name in _SCANS if name != "рентген"]
    rules += [(r"рентген\w*", "рентген"), (r"анализ\w*", "анализы")]
    return tuple((re.compile(rf"\b(?:{pattern})\b"), name) for pattern, name in rules)


def find_service(reading: Reading) -> Mention | None:
    """Find the service named; the clinic's own list is tried too, for names the shipped rules do not know."""
    text, starts = _joined(reading)
    for pattern, name in _rules():
        match = pattern.search(text)
        if match is not None and not _is_denied(text, match.start()):
            return Mention(start=_place(starts, match.start()), end=_place(starts, match.end() - 1) + 1, value=name)
    return _from_directory(reading, text)


def _joined(reading: Reading) -> tuple[str, list[int]]:
    """Return the free words as one string, used ones blanked, and where each token starts in it."""
    pieces: list[str] = []
    starts: list[int] = []
    position = 0
    for index, token in enumerate(reading.tokens):
        text = "," if index in reading.used or token.kind == "stop" else _mended(token.text)
        starts.append(position)
        pieces.append(text)
        position += len(text) + 1
    return " ".join(pieces), starts


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """Return the service word that an unknown word was probably meant to be."""
    if len(word) < 7 or morph.is_known(word):
        return word
    for name in _MISHEARD:
        stem = name[:-1]
        if Levenshtein.distance(word[: len(stem)], stem, score_cutoff=2) <= min(2, len(stem) // 4):
            return name
    return word


def _place(starts: list[int], position: int) -> int:
    return max(index for index, start in enumerate(starts) if start <= position)


def _is_denied(text: str, position: int) -> bool:
    return text[:position].rstrip().endswith((" не", "кроме", "не на"))


def _from_directory(reading: Reading, text: str) -> Mention | None:
    if not reading.directory.services:
        return None
    best = process.extractOne(
        text, reading.directory.services, scorer=fuzz.partial_token_sort_ratio, score_cutoff=_LIKE
    )
    if best is None or len(best[0]) < 4:
        return None
    return Mention(start=0, end=0, value=best[0])
