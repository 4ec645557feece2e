"""The clinic's system: ports, the bundled CRM and connectors to others."""
