"""Statutory papers of a dossier and the register of a counter as PDF, from templates that an office can replace."""
