"""Public pages: look-ups, the posting of procedures and the board."""
