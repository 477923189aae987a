"""Proofs of the promises in docs/trust.md, each a command that can be repeated."""
