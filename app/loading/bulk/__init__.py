"""Writes whole histories in bulk by the rules of single requests."""
