"""Seals over the journal, and verification of the register."""
