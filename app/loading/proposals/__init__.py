"""Drafts the mapping of a table from its headers and contents, for a person to check."""
