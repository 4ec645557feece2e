"""What to say next: pure and synchronous; conversations replay in text, in milliseconds."""
