"""What applicants are told of their dossiers, where they gave an address."""
