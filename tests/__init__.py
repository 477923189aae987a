"""The tests: `domain/` pure, the rest through HTTP or the command line on SQLite and a real PostgreSQL."""
