"""Whether a training may go live: no safety line falls, and quality does not fall by more than is allowed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dialogs.nlu.regression import Figures
    from dialogs.nlu.retrain import Retrained

_SAFETY = (
    ("missed_emergencies", "пропущенных экстренных случаев"),
    ("false_emergencies", "ложных тревог"),
    ("patients_as_spam", "пациентов, принятых за спам"),
)


def refusals(found: Retrained, *, max_f1_drop: float) -> tuple[str, ...]:
    """Return why the training cannot be published, in Russian; empty when it can."""
    said = [
        *_safety("на контрольных фразах", found.before, found.after),
        *_safety("на фразах клиники", found.own_before, found.own_after),
        *_quality("на контрольных фразах", found.before, found.after, max_f1_drop),
    ]
    if found.held_before is not None and found.held_after is not None:
        said += _quality("на отложенных фразах клиники", found.held_before, found.held_after, max_f1_drop)
    return tuple(said)


def _safety(where: str, before: Figures, after: Figures) -> Sequence[str]:
    return [
        f"Больше {title} {where}: было {getattr(before, name)}, стало {getattr(after, name)}"
        for name, title in _SAFETY
        if getattr(after, name) > getattr(before, name)
    ]


def _quality(where: str, before: Figures, after: Figures, most: float) -> Sequence[str]:
    drop = before.macro_f1 - after.macro_f1
    if drop <= most:
        return []
    fell = f"Качество {where} упало: macro-F1 было {before.macro_f1:.3f}, стало {after.macro_f1:.3f}"
    return [f"{fell}, допустимо падение до {most:.3f}"]
