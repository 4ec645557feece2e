"""Fixtures that every test may ask for, and which tests stay together when they run side by side."""

from pathlib import Path

import pytest

from tests.fixtures.databases import *  # noqa: F403
from tests.fixtures.postgres import *  # noqa: F403
from tests.fixtures.valkey import *  # noqa: F403

HERE = Path(__file__).parent
PACED = ("browser", "integration/service", "integration/speech", "integration/stories", "integration/telephony")
"""Folders whose tests mostly wait for sound or a page: one of each at a time, one process, one Asterisk."""
LONGEST = "integration/service"


@pytest.hookimpl(tryfirst=True)  # the groups are read by the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a paced folder are one group for `--dist loadgroup`; the longest begins first."""
    items.sort(key=lambda item: _folder(item) != LONGEST)
    for item in items:
        folder = _folder(item)
        if folder in PACED:
            item.add_marker(pytest.mark.xdist_group(folder))


def _folder(item: pytest.Item) -> str:
    return item.path.parent.relative_to(HERE).as_posix()
