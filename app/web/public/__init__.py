"""What people see in a browser: look-ups, the posting of procedures, the board; written by the server alone."""
