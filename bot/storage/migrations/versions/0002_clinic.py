"""The bundled clinic: directory, openings, holds, patients, visits, requests.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "branches",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("lab_hours", sa.JSON(), nullable=False),
        sa.Column("home_visit_until", sa.Time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_branches"),
    )
    op.create_table(
        "clinic_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("prep", sa.JSON(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("streets", sa.JSON(), nullable=False),
        sa.Column("loaded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clinic_profile"),
    )
    op.create_table(
        "do_not_call",
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("phone", name="pk_do_not_call"),
    )
    op.create_table(
        "patients",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patients"),
    )
    op.create_index("ix_patients_birth_date", "patients", ["birth_date"])
    op.create_table(
        "doctors",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("specialty", sa.String(length=64), nullable=False),
        sa.Column("branch_id", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name="fk_doctors_branch_id_branches"),
        sa.PrimaryKeyConstraint("id", name="pk_doctors"),
    )
    op.create_index("ix_doctors_specialty", "doctors", ["specialty"])
    op.create_table(
        "phones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_phones_patient_id_patients", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_phones"),
        sa.UniqueConstraint("patient_id", "phone", name="uq_phones_patient_id_phone"),
    )
    op.create_index("ix_phones_phone", "phones", ["phone"])
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("dedup_key", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_requests_patient_id_patients"),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.UniqueConstraint("dedup_key", name="uq_requests_dedup_key"),
    )
    op.create_index("ix_requests_phone", "requests", ["phone"])
    op.create_index("ix_requests_status_created_at", "requests", ["status", "created_at"])
    op.create_table(
        "services",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=True),
        sa.Column("prep", sa.Text(), nullable=True),
        sa.Column("branch_id", sa.String(length=64), nullable=False),
        sa.Column("bookable", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name="fk_services_branch_id_branches"),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
    )
    op.create_table(
        "sick_leaves",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("doctor", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_sick_leaves_patient_id_patients"),
        sa.PrimaryKeyConstraint("number", name="pk_sick_leaves"),
    )
    op.create_index("ix_sick_leaves_patient_id", "sick_leaves", ["patient_id"])
    op.create_table(
        "test_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_test_results_patient_id_patients"),
        sa.PrimaryKeyConstraint("id", name="pk_test_results"),
        sa.UniqueConstraint("patient_id", "service", "taken_on", name="uq_test_results_patient_id_service_taken_on"),
    )
    op.create_table(
        "openings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=False),
        sa.Column("branch_id", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("service_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint("(doctor_id IS NULL) <> (service_id IS NULL)", name="ck_openings_of_doctor_or_service"),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name="fk_openings_branch_id_branches"),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.id"], name="fk_openings_doctor_id_doctors"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_openings_service_id_services"),
        sa.PrimaryKeyConstraint("id", name="pk_openings"),
        sa.UniqueConstraint("doctor_id", "starts_at", name="uq_openings_doctor_id_starts_at"),
        sa.UniqueConstraint("service_id", "starts_at", name="uq_openings_service_id_starts_at"),
    )
    op.create_index("ix_openings_starts_at", "openings", ["starts_at"])
    op.create_table(
        "holds",
        sa.Column("opening_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["opening_id"], ["openings.id"], name="fk_holds_opening_id_openings", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("opening_id", name="pk_holds"),
        sa.UniqueConstraint("id", name="uq_holds_id"),
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("opening_id", sa.String(length=64), nullable=True),
        sa.Column("hold_id", sa.String(length=64), nullable=True),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("branch_id", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("service_id", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name="fk_visits_branch_id_branches"),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.id"], name="fk_visits_doctor_id_doctors"),
        sa.ForeignKeyConstraint(["opening_id"], ["openings.id"], name="fk_visits_opening_id_openings"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_visits_patient_id_patients"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_visits_service_id_services"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("hold_id", name="uq_visits_hold_id"),
        sa.UniqueConstraint("opening_id", name="uq_visits_opening_id"),
    )
    op.create_index("ix_visits_patient_id", "visits", ["patient_id"])
    op.create_index("ix_visits_starts_at", "visits", ["starts_at"])


def downgrade() -> None:
    for table in (
        "visits",
        "holds",
        "openings",
        "test_results",
        "sick_leaves",
        "services",
        "requests",
        "phones",
        "doctors",
        "patients",
        "do_not_call",
        "clinic_profile",
        "branches",
    ):
        op.drop_table(table)
