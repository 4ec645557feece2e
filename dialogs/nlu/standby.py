"""Two engines behind one port: what the first cannot answer in time, the second answers."""

from __future__ import annotations

import time
from dataclasses import replace

from dialogs.port import EngineFailed, Interpretation, NluContext, Understands


class StandbyUnderstander:
    """The port Understands: every utterance is understood wholly by one engine, with that engine's thresholds."""

    def __init__(self, first: Understands, second: Understands) -> None:
        self._first = first
        self._second = second

    async def interpret(self, text: str, context: NluContext) -> Interpretation:
        """Understand one utterance; the time that the first has lost counts."""
        started = time.perf_counter()
        try:
            return await self._first.interpret(text, context)
        except EngineFailed:
            found = await self._second.interpret(text, context)
        return replace(found, ms=(time.perf_counter() - started) * 1000)
