"""What was recorded later than it happened."""
