"""List of entries recorded later than they happened."""
