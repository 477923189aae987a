"""The work that is open now: what waits, is late or stands still, and how much of it will be late."""
