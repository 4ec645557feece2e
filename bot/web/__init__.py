"""The local page: live calls, the desk's lists, past calls, talking as a patient; JSON under /api/, health, metrics."""
