"""Reminds those who have to act, before a deadline passes because nobody was told."""
