"""A SIP telephone in software: synthesised patients and registrars in demos and tests."""

from telephony.softphone.ua import Softphone

__all__ = ["Softphone"]
