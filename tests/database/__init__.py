"""The layer between statements and drivers: the same values, errors and transactions on SQLite and PostgreSQL."""
