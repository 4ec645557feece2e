"""Fixtures of the tests of the dialog engine."""

from tests.fixtures.talk import *  # noqa: F403
