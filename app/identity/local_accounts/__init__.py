"""Local accounts: passwords, second factors, links, and the limits of guessing (rules §21)."""
