"""Messages to people who sign in: their links, and resets of their accounts (rules §21)."""
