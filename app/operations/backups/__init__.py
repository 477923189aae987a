"""Copies of an SQLite database: taken beside running writers, checked, and put back in its place."""
