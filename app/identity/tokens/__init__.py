"""Administrators issue, list, revoke and rotate tokens, each within its own reach."""
