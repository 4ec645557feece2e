"""Spoken calls by plan over real SIP: who phones, how it sounds, what must be in the database afterwards."""
