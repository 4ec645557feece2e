"""Events sent out over HTTP: signed, retried, replayable."""
