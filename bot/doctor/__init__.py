"""Checks everything that a clinic's engineer can get wrong, and says how to mend it."""
