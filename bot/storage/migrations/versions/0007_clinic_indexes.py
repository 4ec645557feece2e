"""Indexes that keep a big clinic quick: what is due, a patient's visits, segments.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_visits_patient_status", "visits", ["patient_id", "status", "starts_at", "paid"], unique=False)
    op.create_index(
        "ix_visits_final_ends_at",
        "visits",
        ["ends_at"],
        unique=False,
        sqlite_where=sa.text("status IN ('booked', 'confirmed')"),
        postgresql_where=sa.text("status IN ('booked', 'confirmed')"),
    )
    op.create_index(
        "ix_clinic_tasks_open_owner",
        "clinic_tasks",
        ["owner", "active_from", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("ix_clinic_tasks_open_owner", table_name="clinic_tasks")
    op.drop_index("ix_visits_final_ends_at", table_name="visits")
    op.drop_index("ix_visits_patient_status", table_name="visits")
