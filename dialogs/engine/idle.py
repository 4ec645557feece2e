"""Words of which nothing comes: a caller who is heard and answered and still stands where they have stood."""

from __future__ import annotations

import zlib

from dialogs.engine.run import Run

_REMEMBERED = 6
"""Places: somebody may be led in a circle through several questions."""


def idle_turns(run: Run) -> int:
    """How many utterances in a row have now led back to where the caller stood, with nothing known or told anew.

    The ladders count what was not understood; this counts what was, and is said again and again.
    """
    place = zlib.crc32(
        repr(
            (run.state.step, run.state.field, run.vars, run.stack, run.record, run.state.dictated, run.state.ease)
        ).encode(errors="replace")
    )
    been_here = place in run.state.places
    places = run.state.places if been_here else (*run.state.places, place)[-_REMEMBERED:]
    run.put(places=places, idle=run.state.idle + 1 if been_here else 0)
    return run.state.idle
