"""Events of other systems that have been worked in.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "foreign_seen",
        sa.Column("event_key", sa.String(length=64), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event_key", name="pk_foreign_seen"),
    )
    op.create_index("ix_foreign_seen_seen_at", "foreign_seen", ["seen_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_foreign_seen_seen_at", table_name="foreign_seen")
    op.drop_table("foreign_seen")
