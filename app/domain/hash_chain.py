"""Hash of a content, and the start of a chain in which each content has the hash of the one before (rules §13)."""

import hashlib

# The first content of a chain has this as the hash before it.
START = "0" * 64


def hash_of(content: str) -> str:
    """SHA-256 of a canonical content in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(content.encode()).hexdigest()
