"""Error of encryption and decryption."""

from app.domain.errors import DomainError


class KeysUnusable(DomainError):
    """Keys are missing, malformed, or do not decrypt the database. Its text never includes a key or a value."""
