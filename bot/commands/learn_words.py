"""What `registratura learn` says: for people, and as JSON for programmes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bot.domain.learning import LearningStatus, Phrase, PhraseGroup, PhraseSet

TITLES: Final = {
    "new": "ждут разметки",
    "labelled": "размечены",
    "published": "опубликованы",
    "ignored": "отброшены",
}


def phrase_json(phrase: Phrase) -> dict[str, Any]:
    """A phrase in the form of the command-line contract."""
    moments = ("first_at", "last_at", "labelled_at")
    return {
        name: value.isoformat() if name in moments and value is not None else value
        for name, value in asdict(phrase).items()
    }


def group_json(group: PhraseGroup) -> dict[str, Any]:
    """A group in the form of the command-line contract."""
    phrases = [phrase_json(one) for one in group.phrases]
    return {
        "id": group.id, "times": group.times, "suggested": group.suggested, "share": group.share, "phrases": phrases,
    }  # fmt: skip


def phrase_line(phrase: Phrase) -> str:
    """A phrase as the person at the terminal reads it."""
    meant = phrase.label or f"{phrase.guess or '—'} {phrase.confidence:.2f}?"
    return f"{phrase.id:>6}  {phrase.times:>4} раз  {phrase.state:<12} {meant:<28} «{phrase.text}»"


def group_lines(group: PhraseGroup) -> str:
    """A group as the person at the terminal reads it."""
    head = f"Группа {group.id}: фраз {len(group.phrases)}, звучали {group.times} раз; похоже на {group.suggested}"
    return "\n".join([f"{head} ({group.share:.2f})", *(phrase_line(one) for one in group.phrases), ""])


def set_json(made: PhraseSet) -> dict[str, Any]:
    """A training in the form of the command-line contract; phrases by their numbers."""
    return {
        "id": made.id,
        "status": made.status.value,
        "ordered_by": made.ordered_by,
        "ordered_at": made.ordered_at.isoformat(),
        "ended_at": made.ended_at.isoformat() if made.ended_at else None,
        "synonyms": dict(made.synonyms),
        "phrases": [one.phrase_id for one in made.lessons],
        "figures": dict(made.figures),
        "refusals": list(made.refusals),
    }


def training_lines(made: PhraseSet) -> list[str]:
    """A training as the person at the terminal reads it."""
    lines = [f"Обучение {made.id}: фраз клиники {len(made.lessons)}, своих слов {len(made.synonyms)}"]
    for title, before, after in (
        ("контрольные фразы", "before", "after"),
        ("фразы клиники", "own_before", "own_after"),
        ("отложенные для проверки", "held_before", "held_after"),
    ):
        if made.figures.get(before) and made.figures.get(after):
            lines.append(_figures_line(title, made.figures[before], made.figures[after]))
    lines += [
        f"  стало хуже: «{one['text']}»: нужно {one['wanted']}, стало {one['after']}"
        for one in made.figures.get("worse", ())
    ]
    unlearned = made.figures.get("unlearned")
    if unlearned:
        lines.append(f"  всё ещё понимаются иначе фразы: {', '.join(str(id) for id in unlearned)}")
    if made.refusals:
        return [*lines, *(f"Публиковать нельзя. {one}" for one in made.refusals)]
    ready = made.status.value == "ready"
    return [*lines, "Можно публиковать: registratura learn publish" if ready else "Обучение ещё идёт"]


def _figures_line(title: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    safety = ", ".join(
        f"{name} {before[key]} → {after[key]}"
        for key, name in (
            ("missed_emergencies", "пропущено экстренных"),
            ("false_emergencies", "ложных тревог"),
            ("patients_as_spam", "пациентов за спам"),
        )
    )
    quality = f"macro-F1 {before['macro_f1']:.3f} → {after['macro_f1']:.3f}"
    right = f"верно {before['accuracy']:.1%} → {after['accuracy']:.1%}"
    return f"  {title} ({after['lines']}): {quality}, {right}, {safety}"


def status_json(found: LearningStatus) -> dict[str, Any]:
    """How far learning is, in the form of the command-line contract."""
    live = found.live
    return {
        "counts": dict(found.counts),
        "dealt_with": found.dealt_with,
        "live": {"set_id": live.set_id, "at": live.at.isoformat(), "by": live.by} if live else None,
        "last_training": set_json(found.last_set) if found.last_set else None,
    }
