"""Fixtures that every test may ask for."""

from tests.fixtures.postgres import *  # noqa: F403
from tests.fixtures.valkey import *  # noqa: F403
