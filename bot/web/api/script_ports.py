"""What the API needs of the speech scripts' versions, and of the requests that they describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.domain.follow_up import Actor
from bot.domain.script_versions import Exam, Publication, ScriptState, ScriptVersion


class Difference(Protocol):
    """One change between two versions, told in Russian."""

    @property
    def place(self) -> str: ...

    @property
    def text(self) -> str: ...


class Scripts(Protocol):
    """Versions of scripts; version 0 is the shipped one."""

    async def states(self) -> Sequence[ScriptState]: ...

    async def state(self, script: str) -> ScriptState: ...

    async def versions(self, script: str) -> Sequence[ScriptVersion]: ...

    async def version(self, script: str, number: int) -> ScriptVersion: ...

    async def save(
        self, script: str, files: Mapping[str, str], *, base: int, by: Actor, note: str = "", whole: bool = True
    ) -> ScriptVersion: ...

    async def check(self, script: str, number: int) -> Exam: ...

    async def publish(self, script: str, number: int, *, by: Actor) -> Publication: ...

    async def roll_back(self, script: str, *, by: Actor) -> Publication: ...

    async def changes(self, script: str, before: int, after: int) -> Sequence[Difference]: ...


class RequestTypes(Protocol):
    """Kinds of requests, as the published script describes them."""

    async def kinds(self) -> Sequence[Any]: ...

    async def faults(
        self, kind: str, fields: Mapping[str, str], *, patient: bool, phone: bool
    ) -> Sequence[tuple[str, str]]: ...
