"""The counts kept with each change."""
