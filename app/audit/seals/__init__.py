"""Daily seals over all that was recorded, and the proofs that they give."""
