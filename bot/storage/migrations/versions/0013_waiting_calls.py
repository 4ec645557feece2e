"""Who pays for what somebody waits for, and before when that patient is not phoned again.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("waitlist", sa.Column("funding", sa.String(length=8), nullable=True))
    op.add_column("waitlist", sa.Column("not_before", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("waitlist", "not_before")
    op.drop_column("waitlist", "funding")
