"""Calls that offer a freed opening, until the offer runs out.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("call_tasks", sa.Column("offer_id", sa.String(length=64), nullable=True))
    op.add_column("call_tasks", sa.Column("not_after", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("call_tasks", "not_after")
    op.drop_column("call_tasks", "offer_id")
