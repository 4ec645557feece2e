"""Kinds of requests as the published script describes them: one schema for bot, registrar and programmes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.clinic import RequestKind
from bot.domain.clock import Clock
from bot.scripting.desk import ScriptDesk
from dialogs.script.model import RequestField
from dialogs.script.requests import faults_of, json_schema

_SCRIPT = "inbound"
"""Whoever phones in makes every kind of request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """One field: `check` is the validator's name, `choices` value -> title."""

    name: str
    label: str
    required: bool
    check: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindInfo:
    """A kind of request; `json_schema` says the same to programmes."""

    kind: RequestKind
    title: str
    recipient: str
    deadline_min: int
    fields: Sequence[FieldInfo]
    json_schema: Mapping[str, Any]


class RequestTypes:
    """Over the version that new calls take."""

    def __init__(self, scripts: ScriptDesk, clock: Clock, rules: Callable[[], Awaitable[Mapping[str, int]]]) -> None:
        """`rules` gives the clinic's numbers: by when a request is taken up."""
        self._scripts = scripts
        self._clock = clock
        self._rules = rules

    async def kinds(self) -> Sequence[KindInfo]:
        """Every kind that the script describes."""
        forms, numbers = (await self._scripts.live(_SCRIPT)).requests, await self._rules()
        return [
            KindInfo(
                kind=kind,
                title=forms[kind].title,
                recipient=forms[kind].recipient,
                deadline_min=numbers[f"request.{kind}_minutes"],
                fields=[_info(name, field) for name, field in forms[kind].fields.items()],
                json_schema=json_schema(forms[kind]),
            )
            for kind in RequestKind
            if kind in forms
        ]

    async def faults(
        self, kind: str, fields: Mapping[str, str], *, patient: bool, phone: bool
    ) -> Sequence[tuple[str, str]]:
        """Fields and what is wrong with them, in Russian; a kind that the script does not describe takes any.

        `patient` and `phone` tell that the request names the patient's card, or the phone, beside its fields.
        """
        form = (await self._scripts.live(_SCRIPT)).requests.get(kind)
        known = (*(("patient", "birth_date") if patient else ()), *(("phone",) if phone else ()))
        return faults_of(form, fields, self._clock.now().date(), known) if form is not None else ()


def _info(name: str, field: RequestField) -> FieldInfo:
    return FieldInfo(
        name=name, label=field.label, required=field.required, check=field.check, choices=dict(field.choices)
    )
