"""One live call: conversation, hearing, player, session, handover, scribe; and the text chat over the same talk."""
