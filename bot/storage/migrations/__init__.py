"""The one Alembic history of all tables."""
