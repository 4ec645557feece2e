"""Subcommands of `registratura`, a module a group; each only reads options and calls the application."""
