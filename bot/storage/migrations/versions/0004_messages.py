"""Messages: to patients by SMS and e-mail, to staff in the table itself.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("dedup_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=True),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("quiet_until", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.String(length=128), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("dedup_key", name="uq_messages_dedup_key"),
    )
    op.create_index("ix_messages_state_due_at", "messages", ["state", "due_at"], unique=False)
    op.create_index("ix_messages_kind_recipient", "messages", ["kind", "recipient"], unique=False)
    op.create_index("ix_messages_visit_id", "messages", ["visit_id"], unique=False)
    op.create_index("ix_messages_patient_id", "messages", ["patient_id"], unique=False)
    op.create_index("ix_messages_provider_id", "messages", ["provider_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_messages_provider_id", table_name="messages")
    op.drop_index("ix_messages_patient_id", table_name="messages")
    op.drop_index("ix_messages_visit_id", table_name="messages")
    op.drop_index("ix_messages_kind_recipient", table_name="messages")
    op.drop_index("ix_messages_state_due_at", table_name="messages")
    op.drop_table("messages")
