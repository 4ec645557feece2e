"""What calls are led by: the published scripts, in memory, renewed while the service runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.script_versions import SHIPPED_VERSION, ScriptFault
from bot.scripting.desk import ScriptDesk
from crm_bridge.port import CrmError
from dialogs.script import NAMES, Script, ScriptError, load_script

log = logging.getLogger(__name__)

POLL_S = 1.0
"""How often it is looked for a newly published version: new calls take it within five seconds."""
Changed = Callable[[], Awaitable[object]]
"""Does what there is to do when new calls take other scripts; nobody waits for it."""


class ScriptLibrary:
    """Scripts by name and version. Asking costs nothing and needs no database: a call never waits for its script."""

    def __init__(self, desk: ScriptDesk, clock: Clock, *, calls_last: timedelta) -> None:
        self._desk = desk
        self._clock = clock
        self._calls_last = calls_last
        shipped = {name: load_script(name).model_copy(update={"version": SHIPPED_VERSION}) for name in NAMES}
        self._known: dict[tuple[str, int], Script] = {(name, SHIPPED_VERSION): one for name, one in shipped.items()}
        self._live: dict[str, int] = dict.fromkeys(NAMES, SHIPPED_VERSION)
        self._unreadable: set[tuple[str, int]] = set()

    @property
    def live(self) -> Mapping[str, Script]:
        """What new calls are led by, by name."""
        return {name: self._known[name, number] for name, number in self._live.items()}

    def script(self, name: str, version: int | None = None) -> Script:
        """The script of that name; with `version` the one that a call began with, while it is still known."""
        kept = self._known.get((name, version)) if version is not None else None
        if version is not None and kept is None:
            log.warning("The script that a call began with is not there", extra={"script": name, "version": version})
        return kept or self._known[name, self._live[name]]

    async def load(self) -> None:
        """Read what is published, and what calls may still be in. A database that is away leaves the shipped ones."""
        try:
            for name, number in await self._desk.store.in_force_since(self._clock.now() - self._calls_last):
                await self._read(name, number)
            await self.renew()
        except CrmError:
            log.warning("The published scripts cannot be read now; calls take those that are known")

    async def renew(self) -> bool:
        """Take what was published since; tells whether there was anything. Raises CrmError."""
        taken = False
        for name, number in (await self._desk.store.live()).items():
            if name in self._live and self._live[name] != number and await self._read(name, number):
                self._live[name] = number
                taken = True
                log.info("New calls take another script version", extra={"script": name, "version": number})
        if taken:
            with suppress(CrmError):  # there will be another change
                await self._forget()
        return taken

    async def _forget(self) -> None:
        """What no call can be in any more goes: a service that lives for months must not keep every version."""
        kept = await self._desk.store.in_force_since(self._clock.now() - self._calls_last)
        for name, number in [*self._known]:
            if number not in (SHIPPED_VERSION, self._live[name]) and (name, number) not in kept:
                del self._known[name, number]

    async def _read(self, name: str, number: int) -> bool:
        """Whether that version is at hand; one that cannot be read is told of once, and calls keep what they have."""
        if (name, number) in self._known:
            return True
        if name not in NAMES or (name, number) in self._unreadable:
            return False
        try:
            self._known[name, number] = await self._desk.script(name, number)
        except (ScriptError, ScriptFault):
            self._unreadable.add((name, number))
            log.error("A published script cannot be read any more", extra={"script": name, "version": number})
            return False
        return True

    @asynccontextmanager
    async def following(self, changed: Changed) -> AsyncIterator[None]:
        """Meanwhile new versions are taken as they are published."""
        telling: set[asyncio.Task[None]] = set()
        going = asyncio.create_task(self._follow(changed, telling))
        try:
            yield
        finally:
            for task in (going, *telling):
                task.cancel()
            await asyncio.gather(going, *telling, return_exceptions=True)

    async def _follow(self, changed: Changed, telling: set[asyncio.Task[None]]) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                if await self.renew():
                    task = asyncio.create_task(_tell(changed))
                    telling.add(task)
                    task.add_done_callback(telling.discard)
            except CrmError:
                log.debug("The published scripts cannot be asked for now")
            except Exception:
                log.exception("A round of the script library failed")


async def _tell(changed: Changed) -> None:
    try:
        await changed()
    except Exception:
        log.exception("What follows a new script version failed")
