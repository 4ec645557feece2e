"""What a label may be: one intent for one phrase, and nothing that teaches an emergency away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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


class Known:
    """What phrases teach already: the shipped examples, and the labels that people gave, by what is taught of each."""

    def __init__(self, labelled: Iterable[Phrase]) -> None:
        self._shipped = shipped()
        self._earlier: dict[str, list[Phrase]] = {}
        for one in labelled:
            self.learn(one)

    def learn(self, phrase: Phrase) -> None:
        """One more phrase has a label."""
        self._earlier.setdefault(taught_key(phrase), []).append(phrase)

    def conflicts(self, phrases: Sequence[Phrase], intent: Intent) -> list[Conflict]:
        """Phrases that a shipped example or an earlier label gives to another intent; their own may change."""
        own = {phrase.id for phrase in phrases}
        found = []
        for phrase in phrases:
            key = taught_key(phrase)
            if self._shipped.get(key, intent) != intent:
                found.append(Conflict(text=phrase.text, intent=str(self._shipped[key])))
            rows = [one for one in self._earlier.get(key, ()) if one.id not in own and one.label != intent]
            if rows:
                ids = tuple(one.id for one in rows)
                found.append(Conflict(text=phrase.text, intent=str(rows[0].label), phrase_ids=ids))
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
