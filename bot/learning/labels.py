"""What a label may be: one intent for one phrase, and nothing that teaches an emergency away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.learning import Phrase
from crm_bridge.port import Refused
from dialogs.nlu.added import Added, decided_by_list, shipped
from dialogs.port import Intent

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A phrase that another intent has already; `phrase_ids` are the clinic's own rows, none for a shipped phrase."""

    text: str
    intent: str
    phrase_ids: tuple[int, ...] = ()

    def __str__(self) -> str:
        where = "размечена раньше" if self.phrase_ids else "есть в поставке"
        return f"«{self.text}» уже учит «{self.intent}» ({where})"


def intent_of(name: str) -> Intent:
    """The intent of this name. Raises Refused with all of them."""
    if name not in set(Intent):
        raise Refused(f"Намерения «{name}» нет; есть: {', '.join(Intent)}")
    return Intent(name)


def taught_key(phrase: Phrase) -> str:
    """What a phrase is when it is taught: the same words in two states are one example."""
    return Added(text=phrase.text, state=phrase.state, intent=Intent.INFORM).key


def conflicts(phrases: Sequence[Phrase], intent: Intent, labelled: Sequence[Phrase]) -> list[Conflict]:
    """Phrases that a shipped example or an earlier label gives to another intent."""
    own = {phrase.id for phrase in phrases}
    earlier: dict[str, list[Phrase]] = {}
    for one in labelled:
        if one.id not in own and one.label != intent:
            earlier.setdefault(taught_key(one), []).append(one)
    known = shipped()
    found = []
    for phrase in phrases:
        key = taught_key(phrase)
        if known.get(key, intent) != intent:
            found.append(Conflict(text=phrase.text, intent=str(known[key])))
        if key in earlier:
            rows = earlier[key]
            found.append(
                Conflict(text=phrase.text, intent=str(rows[0].label), phrase_ids=tuple(one.id for one in rows))
            )
    return found


def refuse(found: Sequence[Conflict], *, force: bool) -> None:
    """Raise Refused for conflicts that are not forced, and for an emergency in any case."""
    danger = [one for one in found if one.intent == Intent.EMERGENCY]
    if danger:
        raise Refused(f"{_told(danger)}. Экстренные фразы не переучивают: безопасность важнее")
    if found and not force:
        raise Refused(f"{_told(found)}. Выберите то же намерение или подтвердите переучивание (--force, force: true)")


def notes(phrases: Collection[Phrase], intent: Intent) -> tuple[str, ...]:
    """What the person should know: phrases that a list decides before any training."""
    said = []
    for phrase in phrases:
        listed = decided_by_list(phrase.text, phrase.state)
        if listed is not None and listed != intent:
            meant = f"«{listed}»" if listed else "переспросить"
            said.append(
                f"«{phrase.text}» в состоянии {phrase.state} решает список policy.yml ({meant}): "
                "обучение этого не изменит"
            )
    return tuple(said)


def _told(found: Sequence[Conflict]) -> str:
    more = f" и ещё {len(found) - _SHOWN}" if len(found) > _SHOWN else ""
    return "; ".join(str(one) for one in found[:_SHOWN]) + more
