"""Realistic synthetic dossiers through the same rules."""
