"""Sends the outbox, and shows what is in it to those who look after it."""
