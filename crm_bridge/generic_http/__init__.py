"""A connector for systems without an API of their own: signed JSON both ways, or CSV files (docs/reference)."""

from crm_bridge.generic_http.connector import GenericHttp, GenericOptions
from crm_bridge.generic_http.webhooks import SignedWebhooks

__all__ = ["GenericHttp", "GenericOptions", "SignedWebhooks"]
