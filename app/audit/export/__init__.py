"""Writes all that the seals cover as lines, for an inspector who has no access to the database (docs/journal.md)."""
