"""Reference data of Bắc Trà My, shipped with the service."""
