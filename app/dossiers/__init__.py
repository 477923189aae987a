"""Everything that happens to a dossier."""
