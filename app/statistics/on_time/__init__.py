"""Counting: on-time figures of units, fields and procedures, read only."""
