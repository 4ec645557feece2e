"""Whose phone rings first: the doctor or the profession asked for, then the registry, the caller's branch first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A phone that a caller can be handed to.

    With `doctor` (surname or full name) it rings only for who asks for that doctor, with `specialty` only for who
    needs that profession; without either it is the registry's. From `opens` to `closes` somebody is there, clinic's
    time; None means always.
    """

    name: str
    endpoint: str
    doctor: str = ""
    specialty: str = ""
    branch: str = ""
    opens: time | None = None
    closes: time | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is at this phone now."""
        at = now.time()
        return (self.opens is None or self.opens <= at) and (self.closes is None or at < self.closes)


def in_turn(desks: Sequence[Desk], wanted: Mapping[str, str], now: datetime) -> list[Desk]:
    """Return the phones to ring, in this order; `wanted` are the fields of a TransferRequest."""
    there = [desk for desk in desks if desk.is_open(now)]
    of_doctor = [desk for desk in there if desk.doctor and _same_doctor(desk.doctor, wanted.get("to_doctor", ""))]
    specialty = _fold(wanted.get("to_specialty") or wanted.get("specialty", ""))
    of_specialty = [desk for desk in there if not desk.doctor and desk.specialty and _fold(desk.specialty) == specialty]
    registry = [desk for desk in there if not desk.doctor and not desk.specialty]
    branch = wanted.get("branch", "")
    near = sorted(registry, key=lambda desk: bool(branch and desk.branch and desk.branch != branch))
    return [*of_doctor, *of_specialty, *near]


def _same_doctor(known: str, asked: str) -> bool:
    one, other = set(_fold(known).split()), set(_fold(asked).split())
    return bool(other) and (one <= other or other <= one)


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
