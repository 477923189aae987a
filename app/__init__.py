"""Motcua: administrative dossiers at Vietnamese one-stop shops, and their lawful deadlines."""
