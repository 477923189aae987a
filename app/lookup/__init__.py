"""What a citizen sees without a token: where a dossier stands, and how a due date comes about."""
