"""Getting data in and out: imports of dirty tables, exports, backup and restore."""
