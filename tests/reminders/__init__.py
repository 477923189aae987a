"""Tests of reminders to staff and to applicants."""
