"""Encryption of values in the database, under keys stored elsewhere."""
