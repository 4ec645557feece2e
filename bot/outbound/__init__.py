"""Calls that we make: due work, the calling policy, the queue, the dialer, what comes of each attempt."""
