"""Tokens, roles and the identification of callers (rules §8)."""
