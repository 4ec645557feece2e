"""Words of which nothing comes: a caller who is heard and answered and still stands where they stood."""

from __future__ import annotations

import zlib

from dialogs.engine.run import Run


def idle_turns(run: Run) -> int:
    """How many utterances in a row have now led back to the same question with nothing known, asked or told anew.

    The ladders count what was not understood; this counts what was, and is said again and again.
    """
    place = zlib.crc32(
        repr(
            (run.state.step, run.state.field, run.vars, run.stack, run.record, run.state.dictated, run.state.ease)
        ).encode(errors="replace")
    )
    same = place == run.state.place
    run.put(place=place, idle=run.state.idle + 1 if same else 0)
    return run.state.idle
