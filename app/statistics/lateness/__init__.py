"""Lateness: the causes of late results, and the promises that were kept, per row, read only."""
