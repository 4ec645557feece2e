"""Alembic's entry: works on the connection that `bot.storage.migrate` hands over, never on a URL of its own."""

from __future__ import annotations

from alembic import context

from bot.storage import tables  # noqa: F401  (fills the metadata)
from bot.storage.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
