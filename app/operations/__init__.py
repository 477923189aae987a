"""Maintenance of a register: backups, purge, keys, recount."""
