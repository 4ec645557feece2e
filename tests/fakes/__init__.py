"""Servers that behave as the documents of other systems say, with faults to order."""
