"""Fixtures that every test may ask for."""

from tests.fixtures.postgres import *  # noqa: F403
