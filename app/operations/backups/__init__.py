"""Backup and restore of SQLite databases, with checks, while writers continue."""
