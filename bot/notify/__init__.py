"""Messages to patients and notices to staff: what is written, when it may be sent, and what becomes of it."""
