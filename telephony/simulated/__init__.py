"""A line without Asterisk: callers, registrars and their sound inside one process, at any speed."""

from telephony.simulated.exchange import SimulatedExchange
from telephony.simulated.line import SimulatedLine
from telephony.simulated.phone import SimulatedPhone

__all__ = ["SimulatedExchange", "SimulatedLine", "SimulatedPhone"]
