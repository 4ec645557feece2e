"""The doctor meant: by the clinic's list with declined and misheard surnames, or by form where there is no list."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from dialogs.port import DirectoryDoctor
from dialogs.slots import morph
from dialogs.slots.lexicon import specialty_forms
from dialogs.slots.mentions import Mention, Reading
from dialogs.slots.surnames import (
    full_name_to_nominative,
    has_tag,
    is_first_name,
    is_patronymic,
    is_person_noun,
    is_plain_surname,
    is_surname,
    may_be_surname,
    name_gender,
    surname_to_nominative,
)  # fmt: skip
from dialogs.speech_text.names import Case, decline_name, gender_of, surname_forms

_CASE_AFTER: Final[dict[str, Case]] = {
    "к": "datv", "ко": "datv", "у": "gent", "от": "gent", "с": "ablt", "со": "ablt", "на": "accs",
    "доктор": "nomn", "доктора": "gent", "доктору": "datv", "доктором": "ablt", "докторе": "loct",
    "врач": "nomn", "врача": "gent", "врачу": "datv", "врачом": "ablt",
}  # fmt: skip
_WORK: Final = ("принима", "работа", "доктор", "врач", "расписан", "график", "отпуск", "прием")
_PERSON_STATES: Final = frozenset({"ask_name", "ask_identity"})


def find_doctor(reading: Reading, specialty: Mention | None) -> Mention | None:
    """Find the doctor asked for; the value is the surname in the nominative, as the clinic writes it if it is known.

    A surname that the clinic does not have is found by its form: the caller is told that there is no such doctor.
    """
    known = _from_directory(reading) if reading.directory.doctors else None
    if known is not None:
        return known
    for index, token in enumerate(reading.tokens):
        case = _expected_case(reading, index, specialty)
        if token.kind == "word" and case is not None and reading.is_free(index, index + 1):
            mention = _by_form(reading, index, case)
            if mention is not None:
                return mention
    return None


def _from_directory(reading: Reading) -> Mention | None:
    best: tuple[float, Mention] | None = None
    for index, token in enumerate(reading.tokens):
        if token.kind != "word" or not reading.is_free(index, index + 1) or _is_denied(reading, index):
            continue
        for doctor in reading.directory.doctors:
            score = _score(reading, index, doctor)
            if score and (best is None or score > best[0]):
                end = _name_end(reading, index)
                best = (score, Mention(start=index, end=end, value=doctor.full_name.split()[0]))
    return best[1] if best else None


def _score(reading: Reading, index: int, doctor: DirectoryDoctor) -> float:
    """Score a token as this doctor's surname, or as first name and patronymic ("к ольге викторовне")."""
    word = reading.word(index)
    surname, *given = doctor.full_name.split()
    if reading.state in _PERSON_STATES and reading.word(index - 1) not in _CASE_AFTER:
        return 0.0
    likeness = _likeness(word, surname.lower(), gender_of(doctor.full_name))
    if likeness:
        following = reading.word(index + 1)
        named = bool(given) and following in _all_forms(given[0])
        other = is_first_name(following) and not named
        called = reading.word(index - 1) in _CASE_AFTER and not is_patronymic(reading.word(index + 2))
        if (other and not called) or following == "я":
            return 0.0  # "Ким Артём, две тысячи пятнадцатого" and "Иванова я" name the patient
        return likeness + (0.5 if named else 0.0)
    if len(given) == 2 and word in _all_forms(given[0]) and reading.word(index + 1) in _all_forms(given[1]):
        return 0.0 if is_surname(reading.word(index - 1)) else 0.9
    return 0.0


@lru_cache(maxsize=4096)
def _likeness(word: str, surname: str, gender: str) -> float:
    forms = surname_forms(surname, "female" if gender == "female" else "male")
    if word in forms:
        return 1.0 if not _is_common(word) else 0.8
    if len(word) < 5 or morph.is_known(word):
        return 0.0  # a word of the dictionary was heard as said: Жданова is not Иванова misheard
    allowed = 1 if len(word) < 8 else 2
    distance = min(Levenshtein.distance(word, form, score_cutoff=allowed) for form in forms)
    return 0.8 - 0.1 * distance if distance <= allowed else 0.0


def _is_common(word: str) -> bool:
    return morph.is_known(word) and "Surn" not in morph.parses(word)[0].tag


@lru_cache(maxsize=1024)
def _all_forms(name: str) -> frozenset[str]:
    gender = gender_of(name)
    cases: tuple[Case, ...] = ("nomn", "gent", "datv", "accs", "ablt", "loct")
    placed = [decline_name(f"Х {name}", case).split()[1] for case in cases]
    return frozenset(form.lower().replace("ё", "е") for form in placed) | surname_forms(name, gender)


def _is_denied(reading: Reading, index: int) -> bool:
    before = [reading.word(index - step) for step in (1, 2, 3)]
    return before[0] in ("не", "кроме", "вместо") or (before[0] in ("к", "у") and before[1] in ("не", "кроме"))


def _expected_case(reading: Reading, index: int, specialty: Mention | None) -> Case | None:
    """Return the case a doctor's surname would have here, None where no doctor is expected."""
    before = reading.word(index - 1)
    if _is_denied(reading, index):
        return None
    if specialty is not None and specialty.end == index and specialty.end > 0:
        return _case_of(before)
    if before in _CASE_AFTER:
        return _CASE_AFTER[before] if _fits(before, reading, index) else None
    placed = reading.number(index + 1) is None and before not in ("адрес", "адресу", "улица", "улице", "по")
    plain = placed and is_plain_surname(reading.word(index))
    if reading.state not in _PERSON_STATES and plain and reading.has_stem(*_WORK):
        nominative = any(parse.tag.case == "nomn" for parse in morph.parses(reading.word(index)) if "Surn" in parse.tag)
        return "nomn" if nominative and not is_first_name(reading.word(index + 1)) else None
    return None


def _fits(before: str, reading: Reading, index: int) -> bool:
    """Tell whether a doctor's name can follow: a title takes anything, "на" only what must be a woman's name."""
    word = reading.word(index)
    if before == "на":
        return is_plain_surname(word) and word.endswith(("ову", "еву", "ину", "ыну", "скую", "цкую", "ко"))
    if before in ("к", "ко", "у", "от", "с", "со"):
        adjective = has_tag(word, "ADJF") and "Surn" not in morph.parses(word)[0].tag
        given = is_first_name(reading.word(index + 1))
        return given or is_first_name(word) or (is_plain_surname(word) and not adjective)
    return True


def _case_of(word: str) -> Case:
    case = morph.parses(word)[0].tag.case
    cases: dict[str, Case] = {"gent": "gent", "datv": "datv", "ablt": "ablt", "accs": "gent", "loct": "loct"}
    return cases.get(str(case), "nomn")


def _by_form(reading: Reading, index: int, case: Case) -> Mention | None:
    word = reading.word(index)
    end = _name_end(reading, index)
    given = [reading.word(at) for at in range(index + 1, end)]
    if is_first_name(word) and not is_surname(word):
        last = _surname_last(reading, index)
        if last is not None or not given:
            return last
    after_doctor = reading.word(index - 1).startswith(("доктор", "врач"))
    expected = bool(given) or after_doctor
    accepted = is_surname(word) or (
        expected and not _is_title(word) and len(word) > 2 and (may_be_surname(word) or is_person_noun(word))
    )
    if not accepted or is_patronymic(word):
        return None
    gender = name_gender(given) if given else None
    surname = surname_to_nominative(word, case, gender)
    return Mention(start=index, end=end, value=surname.capitalize())


def _is_title(word: str) -> bool:
    return word.startswith(("доктор", "врач")) or (word,) in specialty_forms()


def _surname_last(reading: Reading, index: int) -> Mention | None:
    """Read "к анне ильиничне петровой"."""
    at = index + 1 + is_patronymic(reading.word(index + 1))
    if not is_surname(reading.word(at)):
        return None
    words = [reading.word(place) for place in range(index, at + 1)]
    return Mention(start=index, end=at + 1, value=full_name_to_nominative(words)[-1])


def _name_end(reading: Reading, index: int) -> int:
    end = index + 1
    if is_first_name(reading.word(end)):
        end += 1
    if end < len(reading.tokens) and is_patronymic(reading.word(end)):
        end += 1
    return end
