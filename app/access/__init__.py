"""Tokens, roles, and who is calling (rules §8)."""
