"""Reminders to units, officers and supervisors before deadlines pass."""
