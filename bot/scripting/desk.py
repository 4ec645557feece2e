"""What an editor of scripts does: look, save, check, publish, go back. The command line and the API both ask here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from bot.domain.follow_up import Actor
from bot.domain.going_back import live_before
from bot.domain.script_versions import (
    SHIPPED_VERSION,
    Exam,
    NoSuchVersion,
    Publication,
    PublishRefused,
    ScriptRejected,
    ScriptState,
    ScriptVersion,
)
from bot.scripting.exam import shipped_files
from bot.scripting.store import ScriptStore
from dialogs.script import NAMES, Script, ScriptError, load_files
from dialogs.script.diff import Change, changes

LARGEST: Final = 2_000_000
"""Characters of all files of a version: ten times what is shipped."""
MOST_FILES: Final = 100
_PATH: Final = re.compile(r"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.yml")
_KEPT: Final = 12
"""Scripts that were read, and exams that were made, which may be asked for again."""


class Examine(Protocol):
    """Examines the files of a script without holding up whoever waits for sound; `talk` plays the dialogues too."""

    async def __call__(self, script: str, files: Mapping[str, str], *, talk: bool) -> Exam: ...


class ScriptDesk:
    """Versions of the product's scripts; version 0 is the shipped one."""

    def __init__(self, store: ScriptStore, examine: Examine) -> None:
        self._store = store
        self._examine = examine
        self._read: dict[tuple[str, int], Script] = {}
        self._passed: dict[tuple[str, int, bool], Exam] = {}

    @property
    def store(self) -> ScriptStore:
        """Where versions are kept."""
        return self._store

    async def states(self) -> Sequence[ScriptState]:
        """Every script: what is live, what is the newest."""
        return [await self.state(name) for name in NAMES]

    async def state(self, script: str) -> ScriptState:
        """One script. Raises NoSuchVersion."""
        _known(script)
        published = await self._store.publications(script)
        last = published[0] if published else None
        live = last.number if last else SHIPPED_VERSION
        return ScriptState(
            id=script,
            title=(await self.script(script, SHIPPED_VERSION)).title,
            live=live,
            newest=await self._store.newest(script),
            published_at=last.at if last else None,
            published_by=last.by if last else "",
        )

    async def versions(self, script: str) -> Sequence[ScriptVersion]:
        """All versions without their files, the newest first, the shipped one last. Raises NoSuchVersion."""
        _known(script)
        saved = await self._store.versions(script)
        return [*saved, replace(await self._shipped(script), files={})]

    async def version(self, script: str, number: int) -> ScriptVersion:
        """One version with its files. Raises NoSuchVersion."""
        _known(script)
        return await (self._shipped(script) if number == SHIPPED_VERSION else self._store.version(script, number))

    async def _shipped(self, script: str) -> ScriptVersion:
        published = await self._store.publications(script)
        return ScriptVersion(
            script=script,
            number=SHIPPED_VERSION,
            base=SHIPPED_VERSION,
            created_at=None,
            created_by="",
            note="поставляется с программой",
            published_at=next((one.at for one in published if one.number == SHIPPED_VERSION), None),
            live=not published or published[0].number == SHIPPED_VERSION,
            files=await asyncio.to_thread(shipped_files, script),
        )

    async def save(
        self, script: str, files: Mapping[str, str], *, base: int, by: Actor, note: str = "", whole: bool = True
    ) -> ScriptVersion:
        """Keep a draft made from version `base`, which must be the newest one.

        Without `whole` the files not given stay as they are in `base`. Raises ScriptConflict, ScriptRejected and
        NoSuchVersion.
        """
        _known(script)
        if not whole:
            files = {**(await self.version(script, base)).files, **files}
        _acceptable(script, files)
        return await self._store.save(script, files, base=base, by=by, note=note.strip())

    async def check(self, script: str, number: int) -> Exam:
        """What the checks and the dialogues find in a version. Raises NoSuchVersion."""
        return await self._examined(script, number, talk=True)

    async def publish(self, script: str, number: int, *, by: Actor) -> Publication:
        """New calls take this version from now on. Raises NoSuchVersion, and PublishRefused with what to mend."""
        await self._pass(script, number, talk=True)
        return await self._store.publish(script, number, by=by)

    async def roll_back(self, script: str, *, by: Actor) -> Publication:
        """Publish again what was live before; it has passed its exam once, so only the checks are run anew.

        Raises ScriptRejected when nothing was live before, PublishRefused when it does not fit the product any more.
        """
        _known(script)
        number = live_before([one.number for one in await self._store.publications(script)])
        if number is None:
            raise ScriptRejected(f"Сценарий «{script}» никогда не меняли: возвращать нечего")
        await self._pass(script, number, talk=False)
        return await self._store.publish(script, number, by=by)

    async def _pass(self, script: str, number: int, *, talk: bool) -> None:
        """Raise PublishRefused unless the version passes; the shipped one has, in the product's own tests."""
        if number == SHIPPED_VERSION:
            _known(script)
            return
        exam = await self._examined(script, number, talk=talk)
        if not exam.passed:
            raise PublishRefused(exam)

    async def _examined(self, script: str, number: int, *, talk: bool) -> Exam:
        """A version never changes, so one that has passed has passed: who has checked it publishes at once."""
        version = await self.version(script, number)
        exam = self._passed.get((script, number, talk)) or await self._examine(script, version.files, talk=talk)
        if exam.passed:
            self._passed[script, number, talk] = exam
            _forget(self._passed)
        return exam

    async def script(self, script: str, number: int) -> Script:
        """A version, read. Raises NoSuchVersion and ScriptError."""
        known = self._read.get((script, number))
        if known is None:
            files = (await self.version(script, number)).files
            made = await asyncio.to_thread(load_files, files, script)
            known = made.model_copy(update={"version": number})
            self._read[script, number] = known
            _forget(self._read)
        return known

    async def live(self, script: str) -> Script:
        """The version that new calls take; the shipped one where it cannot be read any more. Raises NoSuchVersion."""
        _known(script)
        numbers = await self._store.live()
        try:
            return await self.script(script, numbers.get(script, SHIPPED_VERSION))
        except ScriptError:
            return await self.script(script, SHIPPED_VERSION)

    async def changes(self, script: str, before: int, after: int) -> Sequence[Change]:
        """What changed from one version to the other. Raises NoSuchVersion, ScriptRejected for what is no script."""
        try:
            return changes(await self.script(script, before), await self.script(script, after))
        except ScriptError as error:
            raise ScriptRejected(f"Версия не читается: {error}") from None


def _forget(kept: dict[Any, Any]) -> None:
    """The oldest go, so that a long-lived service does not keep every version there ever was."""
    while len(kept) > _KEPT:
        kept.pop(next(iter(kept)))


def _known(script: str) -> None:
    if script not in NAMES:
        raise NoSuchVersion(f"Сценария «{script}» нет; есть: {', '.join(NAMES)}")


def _acceptable(script: str, files: Mapping[str, str]) -> None:
    """Raise ScriptRejected for what cannot be a script's files at all; a draft may otherwise be as faulty as it is."""
    if f"{script}.yml" not in files:
        raise ScriptRejected(f"Нет главного файла {script}.yml")
    odd = next((name for name in files if not _PATH.fullmatch(name)), None)
    if odd is not None:
        raise ScriptRejected(f"Имя файла «{odd}» не годится: латинские буквы, цифры, _ и -, например shared/common.yml")
    if len(files) > MOST_FILES or sum(map(len, files.values())) > LARGEST:
        raise ScriptRejected(f"Слишком много: до {MOST_FILES} файлов и {LARGEST} знаков на сценарий")
