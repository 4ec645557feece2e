"""Fixtures of the tests of calls."""

from tests.fixtures.talk import *  # noqa: F403
