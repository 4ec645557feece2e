"""What every clinic system decides alike, as pure functions over values: rules.md with its numbers as settings."""
