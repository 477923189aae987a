"""Seals over all journal entries, and the proofs from them."""
