"""Log of access to personal data, for supervisors and administrators."""
