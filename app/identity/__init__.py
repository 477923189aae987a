"""Tokens, single sign-on and the log of access to personal data."""
