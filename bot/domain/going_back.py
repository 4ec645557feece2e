"""What goes live when somebody goes back: the same for scripts and for what understanding was taught."""

from __future__ import annotations

from collections.abc import Sequence

SHIPPED = 0
"""Stands for what comes with the product."""


def live_before(published: Sequence[int]) -> int | None:
    """The number that was live before the one in force first went live; None where what is shipped is in force.

    `published` are the numbers that went live, the newest first. Going back twice goes back further, not forth again;
    what was taken back once is not what one goes back to.
    """
    if not published or published[0] == SHIPPED:
        return None
    first = max(place for place, number in enumerate(published) if number == published[0])
    return published[first + 1] if first + 1 < len(published) else SHIPPED
