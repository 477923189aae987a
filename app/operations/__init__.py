"""Care of a running register: backups, purge, keys, recount."""
