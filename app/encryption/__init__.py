"""Values that the database keeps sealed: encrypted under keys that are not in it."""
