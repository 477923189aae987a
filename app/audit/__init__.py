"""Seals over the journal, and the verification of the whole register."""
