"""Public look-ups without a token: the status of a dossier, and the computation of a due date."""
