"""Versions of speech scripts, and which of them were put live.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "script_versions",
        sa.Column("script_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("script_id", "number", name="pk_script_versions"),
    )
    op.create_table(
        "script_publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_script_publications"),
    )
    op.create_index("ix_script_publications_script_id_id", "script_publications", ["script_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_script_publications_script_id_id", table_name="script_publications")
    op.drop_table("script_publications")
    op.drop_table("script_versions")
