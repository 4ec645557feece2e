"""Pyrus: booking as a request in a form, leads, call tasks, the journal of calls, signed webhooks."""

from crm_bridge.pyrus.api import Account
from crm_bridge.pyrus.connector import PyrusConnector, open_pyrus
from crm_bridge.pyrus.mapping import PyrusMapping, PyrusMappingError, read_mapping
from crm_bridge.pyrus.webhooks import PyrusWebhooks

__all__ = [
    "Account",
    "PyrusConnector",
    "PyrusMapping",
    "PyrusMappingError",
    "PyrusWebhooks",
    "open_pyrus",
    "read_mapping",
]
