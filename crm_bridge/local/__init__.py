"""The bundled clinic's system on SQLAlchemy: the default where a clinic has no CRM of its own."""

from crm_bridge.local.clinic import LocalClinic

__all__ = ["LocalClinic"]
