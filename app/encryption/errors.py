"""That what is sealed cannot be sealed or opened."""

from app.domain.errors import DomainError


class KeysUnusable(DomainError):
    """The keys are none, not the database's, or do not open what it holds; no sentence of it holds a key or a value."""
