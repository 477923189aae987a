"""Requests of a person about their own data: the export of all that is kept of them."""
