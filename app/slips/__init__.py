"""The statutory papers of a dossier as PDF, and the register of a counter, from templates an office can replace."""
