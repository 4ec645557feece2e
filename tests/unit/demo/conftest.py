"""The real understanding, for the hostile callers."""

from tests.fixtures.talk import *  # noqa: F403
