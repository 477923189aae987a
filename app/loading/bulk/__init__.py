"""Bulk writing of whole histories by the same law as single requests."""
