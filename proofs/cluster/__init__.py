"""A PostgreSQL cluster on one machine, and a proof of what the service does while parts of it fail."""
