"""Phrases that were not understood, a clinic's own words, trainings, and what was published of them.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "unknown_phrases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.Column("key", sa.String(length=600), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("guess", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("labelled_by", sa.String(length=128), nullable=True),
        sa.Column("labelled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unknown_phrases")),
        sa.UniqueConstraint("key", "state", name=op.f("uq_unknown_phrases_key_state")),
    )
    op.create_index(op.f("ix_unknown_phrases_last_at"), "unknown_phrases", ["last_at"])
    op.create_index(op.f("ix_unknown_phrases_status"), "unknown_phrases", ["status"])
    op.create_table(
        "phrase_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("ordered_by", sa.String(length=128), nullable=False),
        sa.Column("ordered_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("lessons", sa.JSON(), nullable=False),
        sa.Column("synonyms", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase_sets")),
    )
    op.create_table(
        "phrase_synonyms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=100), nullable=False),
        sa.Column("meant", sa.String(length=100), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase_synonyms")),
        sa.UniqueConstraint("said", name=op.f("uq_phrase_synonyms_said")),
    )
    op.create_table(
        "phrase_publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["phrase_sets.id"], name=op.f("fk_phrase_publications_set_id_phrase_sets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase_publications")),
    )


def downgrade() -> None:
    op.drop_table("phrase_publications")
    op.drop_table("phrase_synonyms")
    op.drop_table("phrase_sets")
    op.drop_table("unknown_phrases")
