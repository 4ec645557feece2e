"""What changed between two scripts, told step by step in Russian: for whoever must decide whether it may go live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dialogs.script.model import Form, Part, Question, Rule, Script, Step

_LABELS: Final[Mapping[str, str]] = {
    "title": "название",
    "start": "первый шаг",
    "on_failure": "шаг при неполадке",
    "on_hangup": "шаг после отбоя",
    "direction": "направление",
    "purpose": "цель звонка",
    "consent": "согласие, без которого не звонят",
    "language": "язык",
    "label": "что спрашивается",
    "say": "реплика",
    "short": "реплика после молчания",
    "rephrase": "переспрос",
    "menu": "переспрос с клавишами",
    "first": "первая реплика",
    "second": "вторая реплика",
    "then": "дальше человек",
    "never_spoken": "если молчал с самого начала",
    "small_talk_limit": "пустых реплик подряд",
    "turn_limit": "реплик за звонок",
    "must_hear": "нельзя перебить",
    "no_input_ms": "ждать слов, мс",
    "max_prompt_seconds": "самая длинная реплика, с",
    "letters_per_second": "знаков в секунду",
    "next": "дальше",
    "call": "под-сценарий",
    "replay": "услышать слова заново",
    "when": "условие",
    "intent": "намерение",
    "error": "отказ действия",
    "set": "запоминает",
    "clear": "забывает",
    "record": "итог",
    "ask": "вопрос",
    "fill": "форма",
    "do": "действие",
    "args": "параметры действия",
    "save": "ответ действия",
    "route": "ведёт по желанию",
    "back": "возврат",
    "end": "конец звонка",
    "state": "состояние",
    "slot": "переменная ответа",
    "expected": "ожидаемый ответ",
    "keys": "клавиши",
    "key_input": "цифры на клавишах",
    "key_digits": "сколько цифр",
    "take": "какие значения берёт",
    "answers": "что считается ответом",
    "any_words": "годятся любые слова",
    "routes": "можно сказать любое желание",
    "ignore": "не действуют правила",
    "hints": "подсказки распознаванию",
    "hungup": "если положил трубку",
    "silence": "если молчит",
    "required": "обязательно",
    "request": "вид заявки",
    "recipient": "кому заявка",
    "version": "версия",
}
_SHORT: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: where in the script, and what, in Russian."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def changes(before: Script, after: Script) -> Sequence[Change]:
    """Every difference that matters to a call, in the order of the script; comments and layout are none."""
    return tuple(
        Change(place=place, text=text)
        for found in (_head(before, after), _anywhere(before, after), _parts(before, after))
        for place, text in found
    )


Found = tuple[str, str]


def _head(before: Script, after: Script) -> Iterator[Found]:
    for name in ("title", "direction", "purpose", "consent", "language", "start", "on_failure", "on_hangup"):
        yield from _value("сценарий", name, getattr(before, name), getattr(after, name))
    yield from _fields("слух", before.speech, after.speech)
    yield from _fields("лестница молчания", before.ladders.silence, after.ladders.silence)
    yield from _fields("лестница непонимания", before.ladders.misunderstanding, after.ladders.misunderstanding)
    for name in ("small_talk_limit", "turn_limit"):
        yield from _value("лестницы", name, getattr(before.ladders, name), getattr(after.ladders, name))
    yield from _mapping("тексты", before.texts, after.texts)
    yield from _mapping("клавиши", before.keys, after.keys)
    yield from _mapping("что отменяет новое значение", before.supersedes, after.supersedes)


def _anywhere(before: Script, after: Script) -> Iterator[Found]:
    yield from _rules("правила над всеми шагами", before.interrupts, after.interrupts)
    yield from _rules("правила, когда шаг не понял", before.fallbacks, after.fallbacks)
    yield from _rules("куда ведут желания", before.routes, after.routes)


def _parts(before: Script, after: Script) -> Iterator[Found]:
    yield from _named("вопрос", before.questions, after.questions)
    for name in _together(before.forms, after.forms):
        yield from _form(f"форма «{name}»", before.forms.get(name), after.forms.get(name))
    yield from _named("шаг", before.steps, after.steps)


def _named(kind: str, before: Mapping[str, Part], after: Mapping[str, Part]) -> Iterator[Found]:
    for name in _together(before, after):
        old, new = before.get(name), after.get(name)
        place = f"{kind} «{name}»"
        if old is None and new is not None:
            yield place, f"добавлен: {_gist(new)}"
        elif new is None:
            yield place, "удалён"
        elif old is not None and old != new:
            yield from _fields(place, old, new)


def _form(place: str, before: Form | None, after: Form | None) -> Iterator[Found]:
    if before is None or after is None:
        yield place, "добавлена" if before is None else "удалена"
        return
    for name in ("title", "request"):
        yield from _value(place, name, getattr(before, name), getattr(after, name))
    for name in _together(before.fields, after.fields):
        old, new = before.fields.get(name), after.fields.get(name)
        if old is None or new is None:
            yield place, f"поле «{name}» {'добавлено' if old is None else 'удалено'}"
        else:
            yield from _asked(f"{place}, поле «{name}»", old, new)


def _asked(place: str, before: str | Question, after: str | Question) -> Iterator[Found]:
    """A question written in place, or one of the named ones."""
    if isinstance(before, Question) and isinstance(after, Question):
        yield from _fields(place, before, after)
    elif before != after:
        yield place, f"вопрос: было {_shown(before)}, стало {_shown(after)}"


def _fields(place: str, before: Part, after: Part) -> Iterator[Found]:
    for name in type(after).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if name == "rules":
            yield from _rules(place, old, new)
        elif name == "ask" and isinstance(old, Question) and isinstance(new, Question):
            yield from _fields(place, old, new)
        else:
            yield from _value(place, name, old, new)


def _rules(place: str, before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[Found]:
    old, new = _keyed(before), _keyed(after)
    for key in _together(old, new):
        here = f"{place}, правило «{key}»"
        if key not in old:
            yield here, f"добавлено: {_gist(new[key])}"
        elif key not in new:
            yield here, "удалено"
        elif old[key] != new[key]:
            yield from _fields(here, old[key], new[key])
    common = [key for key in old if key in new]
    if common != [key for key in new if key in old]:
        yield place, "порядок правил изменён: срабатывает первое подходящее"


def _keyed(rules: Sequence[Rule]) -> dict[str, Rule]:
    """Rules by what tells them apart: the name, else what they wait for."""
    found: dict[str, Rule] = {}
    for rule in rules:
        waits = ", ".join((*rule.intent, *rule.error, *filter(None, (rule.when,)))) or "всегда"
        key = rule.name or _cut(waits)
        number = sum(one == key or one.startswith(f"{key} №") for one in found)
        found[f"{key} №{number + 1}" if number else key] = rule
    return found


def _value(place: str, name: str, before: Any, after: Any) -> Iterator[Found]:
    if before != after:
        yield place, f"{_LABELS.get(name, name)}: было {_shown(before)}, стало {_shown(after)}"


def _mapping(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Found]:
    for name in _together(before, after):
        if before.get(name) != after.get(name):
            yield place, f"«{name}»: было {_shown(before.get(name))}, стало {_shown(after.get(name))}"


def _together(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of both, in the order of the newer one, then those that are gone."""
    return list(dict.fromkeys((*after, *before)))


def _gist(part: Part) -> str:
    """A new part in a line: what is said or done, and where it leads."""
    said = getattr(part, "say", ()) or (
        part.ask.say if isinstance(part, Step) and isinstance(part.ask, Question) else ()
    )
    told = [f"говорит {_shown(said)}"] if said else []
    for name in ("ask", "fill", "do", "call", "intent", "when", "next"):
        value = getattr(part, name, None)
        if value and not isinstance(value, Question):
            told.append(f"{_LABELS[name]} {_shown(value)}")
    return ", ".join(told) or "без слов"


def _shown(value: Any) -> str:
    if value is None or value == "" or value == () or value == {}:
        return "ничего"
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, Question):
        return f"вопрос {_shown(value.say)}"
    if isinstance(value, Mapping):
        return _cut(", ".join(f"{name} = {item}" for name, item in value.items()))
    if isinstance(value, list | tuple):
        return " или ".join(f"«{_cut(str(item))}»" for item in value)
    return f"«{_cut(str(value))}»" if isinstance(value, str) else str(value)


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHORT else f"{plain[:_SHORT]}…"
