"""What is to be written into other systems, until they have taken it.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "foreign_writes",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("after", sa.String(length=128), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_foreign_writes"),
    )
    op.create_index("ix_foreign_writes_state_due_at", "foreign_writes", ["state", "due_at"], unique=False)
    op.create_index("ix_foreign_writes_after", "foreign_writes", ["after"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_foreign_writes_after", table_name="foreign_writes")
    op.drop_index("ix_foreign_writes_state_due_at", table_name="foreign_writes")
    op.drop_table("foreign_writes")
