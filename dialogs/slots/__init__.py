"""Spoken Russian to values: every slot by rules, the same for every engine and recogniser."""
