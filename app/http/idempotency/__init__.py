"""Safe retries: what was done under an `Idempotency-Key` is answered again and not done again."""
