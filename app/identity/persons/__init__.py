"""People who sign in: their roles, deputies, links and sessions (rules §21)."""
