"""Safe retries: a change under an `Idempotency-Key` is executed once, and a repeat gets the first response."""
