"""Synthesised people who phone the bot over SIP: the demo, and the turn bench on the same stage."""
