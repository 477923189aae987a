"""Tokens, single sign-on and the log of who saw people."""
