"""State: SQL tables and repositories (the truth) and what is shared and short-lived in Redis.

Imports run one way. `base`, `engine` and `outbox` know nobody; the bundled CRM (`crm_bridge.local`) builds its
tables on `bot.storage.base.Base` and writes its outbox rows through `bot.storage.outbox`, so that all tables share
one metadata and one Alembic history. Nothing here imports `crm_bridge`: migrations are written out by hand, and a
test compares the history with the models of both packages.
"""
