"""Calls that carry out a task of the clinic's.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_tasks", sa.Column("errand_id", sa.String(length=64), nullable=True))
    op.create_index("ix_call_tasks_errand_id", "call_tasks", ["errand_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_call_tasks_errand_id", table_name="call_tasks")
    op.drop_column("call_tasks", "errand_id")
