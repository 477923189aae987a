"""Proofs of what docs/trust.md promises, each a command that anybody can run again."""
