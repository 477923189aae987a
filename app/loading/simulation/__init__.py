"""Simulates realistic dossiers by the rules of real ones."""
