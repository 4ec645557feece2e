"""What goes live when somebody goes back."""

import pytest

from bot.domain.going_back import live_before


@pytest.mark.parametrize(
    ("published", "before"),
    [
        ([], None),
        ([0], None),
        ([1], 0),
        ([2, 1], 1),
        ([1, 2, 1], 0),
        ([0, 1, 2, 1], None),
        ([3, 1, 2, 1], 1),
        ([3, 0, 1], 0),
        ([1, 2, 0, 2, 1], 0),
    ],
)
def test_what_was_live_before_and_never_what_was_taken_back(published: list[int], before: int | None) -> None:
    assert live_before(published) == before
