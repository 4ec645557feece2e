"""The public API: JSON under /api/v1, for everything that the clinic's own pages do."""
