"""Tests of the database layer: the same values, errors and transactions on SQLite and PostgreSQL."""
