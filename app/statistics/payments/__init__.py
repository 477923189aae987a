"""List of the payments and refunds of a counter's day."""
