"""Deletion of personal data that is no longer needed. Figures and proofs remain."""
