"""Delivery of the outbox, and its endpoints for supervisors and administrators."""
