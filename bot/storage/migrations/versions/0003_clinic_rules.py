"""The clinic's rules: leads, prescriptions, tasks, waiting list, approvals, payments, people who work here.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

REASONS = (
    ("not_said", "Не назвал(а)", "needs_visit"),
    ("time", "Неудобное время", "needs_visit"),
    ("ill", "Заболел(а)", "needs_visit"),
    ("away", "Уезжает", "needs_visit"),
    ("other", "Другая причина, приём нужен", "needs_visit"),
    ("doctor_away", "Врач не может принять", "needs_visit"),
    ("clinic", "По решению клиники", "needs_visit"),
    ("unpaid", "Не оплачено в срок", "needs_visit"),
    ("expired", "Истёк срок согласования", "needs_visit"),
    ("recovered", "Приём больше не нужен", "no_longer_needs"),
    ("elsewhere", "Обратился в другую клинику", "refusal"),
    ("expensive", "Дорого", "refusal"),
    ("unhappy", "Не понравилось обслуживание", "refusal"),
    ("refused", "Отказ без объяснения", "refusal"),
    ("unreachable", "Не удалось дозвониться", "refusal"),
)
"""The dictionary that every clinic starts with; it adds its own."""


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("branches", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject_subject_id", "audit", ["subject", "subject_id"], unique=False)

    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_holidays"),
    )
    op.create_table(
        "reasons",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason_class", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reasons"),
    )
    op.create_table(
        "robots",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trigger", sa.String(length=64), nullable=False),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("action", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_robots"),
    )
    op.create_index("ix_robots_trigger", "robots", ["trigger"], unique=False)

    op.create_table(
        "rule_settings",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rule_settings"),
    )
    op.create_table(
        "task_types",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_task_types"),
    )
    op.create_table(
        "account_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("payment_id", sa.String(length=64), nullable=True),
        sa.Column("visit_id", sa.String(length=64), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_account_entries_patient_id_patients"),
        sa.PrimaryKeyConstraint("id", name="pk_account_entries"),
    )
    op.create_index("ix_account_entries_patient_id", "account_entries", ["patient_id"], unique=False)

    op.create_table(
        "clinic_tasks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("problem", sa.String(length=140), nullable=True),
        sa.Column("service_id", sa.String(length=64), nullable=True),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("specialty", sa.String(length=64), nullable=True),
        sa.Column("duration_min", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=True),
        sa.Column("lead_id", sa.String(length=64), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("history", sa.JSON(), nullable=False),
        sa.Column("postponed", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("reason_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_clinic_tasks_patient_id_patients", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_clinic_tasks"),
    )
    op.create_index("ix_clinic_tasks_lead_id", "clinic_tasks", ["lead_id"], unique=False)
    op.create_index("ix_clinic_tasks_patient_id", "clinic_tasks", ["patient_id"], unique=False)
    op.create_index("ix_clinic_tasks_phone", "clinic_tasks", ["phone"], unique=False)
    op.create_index("ix_clinic_tasks_status_active_from", "clinic_tasks", ["status", "active_from"], unique=False)
    op.create_index("ix_clinic_tasks_visit_id", "clinic_tasks", ["visit_id"], unique=False)
    op.create_index(
        "uq_clinic_tasks_open_problem",
        "clinic_tasks",
        ["patient_id", "problem"],
        unique=True,
        sqlite_where=sa.text("status = 'open' AND problem IS NOT NULL"),
        postgresql_where=sa.text("status = 'open' AND problem IS NOT NULL"),
    )

    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("wording", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_consents_patient_id_patients", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_patient_id_purpose", "consents", ["patient_id", "purpose"], unique=False)

    op.create_table(
        "representatives",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("relation", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_representatives_patient_id_patients", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_representatives"),
    )
    op.create_index("ix_representatives_patient_id", "representatives", ["patient_id"], unique=False)
    op.create_index("ix_representatives_phone", "representatives", ["phone"], unique=False)

    op.create_table(
        "resources",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("branch_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name="fk_resources_branch_id_branches"),
        sa.PrimaryKeyConstraint("id", name="pk_resources"),
    )
    op.create_index("ix_resources_kind", "resources", ["kind"], unique=False)

    op.create_table(
        "robot_firings",
        sa.Column("robot_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["robot_id"], ["robots.id"], name="fk_robot_firings_robot_id_robots", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("robot_id", "event_id", name="pk_robot_firings"),
    )
    op.create_table(
        "strikes",
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_strikes_patient_id_patients", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("visit_id", name="pk_strikes"),
    )
    op.create_index("ix_strikes_patient_id", "strikes", ["patient_id"], unique=False)

    op.create_table(
        "courses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_courses_patient_id_patients", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_courses_service_id_services"),
        sa.PrimaryKeyConstraint("id", name="pk_courses"),
    )
    op.create_index("ix_courses_patient_id", "courses", ["patient_id"], unique=False)

    op.create_table(
        "prescriptions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("event_key", sa.String(length=128), nullable=True),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=64), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.id"], name="fk_prescriptions_doctor_id_doctors"),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_prescriptions_patient_id_patients", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_prescriptions_service_id_services"),
        sa.PrimaryKeyConstraint("id", name="pk_prescriptions"),
        sa.UniqueConstraint("event_key", name="uq_prescriptions_event_key"),
    )
    op.create_index("ix_prescriptions_patient_id", "prescriptions", ["patient_id"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("branches", sa.JSON(), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=False),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.id"], name="fk_users_doctor_id_doctors"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_table(
        "leads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("prescription_id", sa.String(length=64), nullable=True),
        sa.Column("service_id", sa.String(length=64), nullable=True),
        sa.Column("specialty", sa.String(length=64), nullable=True),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("next_action_on", sa.Date(), nullable=True),
        sa.Column("reason_id", sa.String(length=64), nullable=True),
        sa.Column("revenue", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("stage <> 'lost' OR reason_id IS NOT NULL", name="ck_leads_lost_has_reason"),
        sa.CheckConstraint(
            "stage IN ('won', 'lost') OR next_action_on IS NOT NULL", name="ck_leads_open_has_next_action"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_leads_patient_id_patients", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["prescription_id"], ["prescriptions.id"], name="fk_leads_prescription_id_prescriptions"
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["reasons.id"], name="fk_leads_reason_id_reasons"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("prescription_id", name="uq_leads_prescription_id"),
    )
    op.create_index("ix_leads_patient_id", "leads", ["patient_id"], unique=False)
    op.create_index("ix_leads_stage_next_action_on", "leads", ["stage", "next_action_on"], unique=False)

    op.create_table(
        "resource_uses",
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("opening_id", sa.String(length=64), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["opening_id"], ["openings.id"], name="fk_resource_uses_opening_id_openings", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name="fk_resource_uses_resource_id_resources"),
        sa.PrimaryKeyConstraint("resource_id", "opening_id", name="pk_resource_uses"),
    )
    op.create_index(
        "ix_resource_uses_resource_id_starts_at", "resource_uses", ["resource_id", "starts_at"], unique=False
    )

    op.create_table(
        "user_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_sessions_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_user_sessions"),
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"], unique=False)

    op.create_table(
        "waitlist",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("branch_id", sa.String(length=64), nullable=True),
        sa.Column("service_id", sa.String(length=64), nullable=True),
        sa.Column("doctor_id", sa.String(length=64), nullable=True),
        sa.Column("specialty", sa.String(length=64), nullable=True),
        sa.Column("duration_min", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("time_from", sa.Time(), nullable=True),
        sa.Column("time_to", sa.Time(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("acute", sa.Boolean(), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("offered_opening_id", sa.String(length=64), nullable=True),
        sa.Column("offer_until", MOMENT, nullable=True),
        sa.Column("declined", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["offered_opening_id"], ["openings.id"], name="fk_waitlist_offered_opening_id_openings", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_waitlist_patient_id_patients", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waitlist"),
        sa.UniqueConstraint("offered_opening_id", name="uq_waitlist_offered_opening_id"),
    )
    op.create_index("ix_waitlist_patient_id", "waitlist", ["patient_id"], unique=False)
    op.create_index("ix_waitlist_status_valid_to", "waitlist", ["status", "valid_to"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_approvals_visit_id_visits", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.UniqueConstraint("visit_id", "by", name="uq_approvals_visit_id_by"),
        sa.UniqueConstraint("visit_id", "side", name="uq_approvals_visit_id_side"),
    )
    op.create_table(
        "given_services",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("materials", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_given_services_service_id_services"),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name="fk_given_services_visit_id_visits", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_given_services"),
    )
    op.create_index("ix_given_services_visit_id", "given_services", ["visit_id"], unique=False)

    op.create_table(
        "payments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=True),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("provider_id", sa.String(length=128), nullable=True),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("offer_accepted_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_payments_patient_id_patients"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_payments_visit_id_visits"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("provider_id", name="uq_payments_provider_id"),
        sa.UniqueConstraint("token", name="uq_payments_token"),
    )
    op.create_index("ix_payments_paid_at", "payments", ["paid_at"], unique=False)
    op.create_index("ix_payments_patient_id", "payments", ["patient_id"], unique=False)
    op.create_index("ix_payments_visit_id", "payments", ["visit_id"], unique=False)

    op.create_table(
        "ratings",
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name="fk_ratings_patient_id_patients", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_ratings_visit_id_visits", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", name="pk_ratings"),
    )
    op.add_column("patients", sa.Column("timezone", sa.String(length=64), nullable=True))
    op.add_column("patients", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("patients", sa.Column("balance", sa.Integer(), server_default="0", nullable=False))

    op.add_column("requests", sa.Column("owner", sa.String(length=80), server_default="desk", nullable=False))
    op.add_column("requests", sa.Column("next_action_at", MOMENT, nullable=True))
    op.add_column("requests", sa.Column("history", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))

    op.add_column("services", sa.Column("specialty", sa.String(length=64), nullable=True))
    op.add_column("services", sa.Column("category", sa.String(length=64), nullable=True))
    op.add_column(
        "services",
        sa.Column("fundings", sa.JSON(), server_default=sa.text('\'["paid", "oms", "dms"]\''), nullable=False),
    )
    op.add_column("services", sa.Column("documents", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("services", sa.Column("resources", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("services", sa.Column("expensive", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("services", sa.Column("recall_days", sa.Integer(), nullable=True))
    op.add_column("services", sa.Column("course_total", sa.Integer(), nullable=True))
    op.add_column("services", sa.Column("course_interval_days", sa.Integer(), nullable=True))

    op.add_column("visits", sa.Column("booked_by", sa.String(length=80), server_default="bot", nullable=False))
    op.add_column("visits", sa.Column("source", sa.String(length=32), server_default="phone", nullable=False))
    op.add_column("visits", sa.Column("funding", sa.String(length=8), server_default="paid", nullable=False))
    op.add_column("visits", sa.Column("comment", sa.Text(), server_default="", nullable=False))
    op.add_column("visits", sa.Column("lead_id", sa.String(length=64), nullable=True))
    op.add_column("visits", sa.Column("course_id", sa.String(length=64), nullable=True))
    op.add_column("visits", sa.Column("prep_told", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("visits", sa.Column("price", sa.Integer(), server_default="0", nullable=False))
    op.add_column("visits", sa.Column("paid", sa.Integer(), server_default="0", nullable=False))
    op.add_column("visits", sa.Column("prepayment", sa.Integer(), server_default="0", nullable=False))
    op.add_column("visits", sa.Column("deadline_at", MOMENT, nullable=True))
    op.add_column("visits", sa.Column("moved_at", MOMENT, nullable=True))
    op.add_column("visits", sa.Column("closed_at", MOMENT, nullable=True))
    op.add_column("visits", sa.Column("cancelled_by", sa.String(length=16), nullable=True))
    op.add_column("visits", sa.Column("reason_id", sa.String(length=64), nullable=True))
    op.add_column("visits", sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("visits", sa.Column("undecided", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_visits_closed_at", "visits", ["closed_at"], unique=False)
    op.create_index("ix_visits_deadline_at", "visits", ["deadline_at"], unique=False)
    op.create_index("ix_visits_lead_id", "visits", ["lead_id"], unique=False)
    reasons = sa.table("reasons", *(sa.column(name) for name in ("id", "title", "reason_class", "active")))
    rows = [{"id": id_, "title": title, "reason_class": class_, "active": True} for id_, title, class_ in REASONS]
    op.bulk_insert(reasons, rows)


def downgrade() -> None:
    op.drop_index("ix_visits_lead_id", table_name="visits")
    op.drop_index("ix_visits_deadline_at", table_name="visits")
    op.drop_index("ix_visits_closed_at", table_name="visits")
    op.drop_column("visits", "undecided")
    op.drop_column("visits", "late")
    op.drop_column("visits", "reason_id")
    op.drop_column("visits", "cancelled_by")
    op.drop_column("visits", "closed_at")
    op.drop_column("visits", "moved_at")
    op.drop_column("visits", "deadline_at")
    op.drop_column("visits", "prepayment")
    op.drop_column("visits", "paid")
    op.drop_column("visits", "price")
    op.drop_column("visits", "prep_told")
    op.drop_column("visits", "course_id")
    op.drop_column("visits", "lead_id")
    op.drop_column("visits", "comment")
    op.drop_column("visits", "funding")
    op.drop_column("visits", "source")
    op.drop_column("visits", "booked_by")

    op.drop_column("services", "course_interval_days")
    op.drop_column("services", "course_total")
    op.drop_column("services", "recall_days")
    op.drop_column("services", "expensive")
    op.drop_column("services", "resources")
    op.drop_column("services", "documents")
    op.drop_column("services", "fundings")
    op.drop_column("services", "category")
    op.drop_column("services", "specialty")

    op.drop_column("requests", "history")
    op.drop_column("requests", "next_action_at")
    op.drop_column("requests", "owner")

    op.drop_column("patients", "balance")
    op.drop_column("patients", "note")
    op.drop_column("patients", "timezone")

    op.drop_table("ratings")
    op.drop_index("ix_payments_visit_id", table_name="payments")
    op.drop_index("ix_payments_patient_id", table_name="payments")
    op.drop_index("ix_payments_paid_at", table_name="payments")

    op.drop_table("payments")
    op.drop_index("ix_given_services_visit_id", table_name="given_services")

    op.drop_table("given_services")
    op.drop_table("approvals")
    op.drop_index("ix_waitlist_status_valid_to", table_name="waitlist")
    op.drop_index("ix_waitlist_patient_id", table_name="waitlist")

    op.drop_table("waitlist")
    op.drop_index("ix_user_sessions_user_id", table_name="user_sessions")

    op.drop_table("user_sessions")
    op.drop_index("ix_resource_uses_resource_id_starts_at", table_name="resource_uses")

    op.drop_table("resource_uses")
    op.drop_index("ix_leads_stage_next_action_on", table_name="leads")
    op.drop_index("ix_leads_patient_id", table_name="leads")

    op.drop_table("leads")
    op.drop_table("users")
    op.drop_index("ix_prescriptions_patient_id", table_name="prescriptions")

    op.drop_table("prescriptions")
    op.drop_index("ix_courses_patient_id", table_name="courses")

    op.drop_table("courses")
    op.drop_index("ix_strikes_patient_id", table_name="strikes")

    op.drop_table("strikes")
    op.drop_table("robot_firings")
    op.drop_index("ix_resources_kind", table_name="resources")

    op.drop_table("resources")
    op.drop_index("ix_representatives_phone", table_name="representatives")
    op.drop_index("ix_representatives_patient_id", table_name="representatives")

    op.drop_table("representatives")
    op.drop_index("ix_consents_patient_id_purpose", table_name="consents")

    op.drop_table("consents")
    op.drop_index("uq_clinic_tasks_open_problem", table_name="clinic_tasks")
    op.drop_index("ix_clinic_tasks_visit_id", table_name="clinic_tasks")
    op.drop_index("ix_clinic_tasks_status_active_from", table_name="clinic_tasks")
    op.drop_index("ix_clinic_tasks_phone", table_name="clinic_tasks")
    op.drop_index("ix_clinic_tasks_patient_id", table_name="clinic_tasks")
    op.drop_index("ix_clinic_tasks_lead_id", table_name="clinic_tasks")

    op.drop_table("clinic_tasks")
    op.drop_index("ix_account_entries_patient_id", table_name="account_entries")

    op.drop_table("account_entries")
    op.drop_table("task_types")
    op.drop_table("rule_settings")
    op.drop_index("ix_robots_trigger", table_name="robots")

    op.drop_table("robots")
    op.drop_table("reasons")
    op.drop_table("holidays")
    op.drop_index("ix_audit_subject_subject_id", table_name="audit")

    op.drop_table("audit")
    op.drop_table("api_keys")
