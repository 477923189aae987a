"""Who was shown the people of a dossier, for those who answer for it."""
