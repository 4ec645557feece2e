"""The line over Asterisk: ARI for signalling, RTP for sound."""
