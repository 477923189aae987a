"""Reference data of Bắc Trà My that ships with the service."""
