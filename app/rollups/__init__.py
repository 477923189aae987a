"""Counters behind the figures, updated with each change."""
