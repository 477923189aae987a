"""Creation and rotation of encryption keys."""
