"""Key ring: the first key encrypts, and all keys decrypt. Keyed hashes find encrypted numbers by equality."""

import base64
import binascii
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.encryption.errors import KeysUnusable

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
# Separators that people write between the digits of a number.
_SEPARATORS = re.compile(r"[\s.\-_/]+")


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its id, with one derived key for each purpose."""

    id: str
    cipher: AESGCM
    search: HMAC
    check: str  # distinguishes two keys with the same id without disclosing them

    @classmethod
    def of(cls, key_id: str, secret: bytes) -> "Key":
        """The key of 32 secret bytes."""
        encryption, search, check = (_derived(secret, purpose) for purpose in (b"sealing", b"search", b"check"))
        return cls(key_id, AESGCM(encryption), HMAC(search, SHA256()), check[:16].hex())


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"motcua " + purpose).derive(secret)


class KeyRing:
    """The keys of one register. New values are encrypted under the first."""

    __slots__ = ("_by_id", "_first", "_hash_of", "_prefix", "keys")

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)
        self._by_id = {key.id: key for key in keys}
        self._first = self.keys[0]
        self._prefix = f"{self._first.id}:"

    @property
    def prefix(self) -> str:
        """The beginning of every value encrypted under the first key."""
        return self._prefix

    def encrypt(self, value: str, place: str) -> str:
        """The value, encrypted with AES-256-GCM for its place (table, row and column): elsewhere decryption fails."""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = nonce + self._first.cipher.encrypt(nonce, value.encode(), place.encode())
        return self._prefix + binascii.b2a_base64(encrypted, newline=False).decode()

    def decrypt(self, encrypted: str, place: str) -> str:
        """The value encrypted for the place.

        Raises KeysUnusable `key_unknown`, and `seal_broken` if the value was changed or belongs to another place.
        """
        key_id, colon, content = encrypted.partition(":")
        if not colon:  # plain text, which no error may quote
            raise KeysUnusable("seal_broken", f"The value of {place} is not encrypted.")
        key = self._by_id.get(key_id)
        if key is None:
            raise KeysUnusable("key_unknown", f"Encrypted data need the key {key_id[:32]!r}, which is not configured.")
        try:
            raw = binascii.a2b_base64(content)
            return key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeysUnusable(
                "seal_broken", f"The value of {place} could not be decrypted with the key {key_id}."
            ) from None

    def hash(self, number: str) -> str:
        """The keyed hash of a number under the first key."""
        return _hash(self._first, number)

    def hashes(self, number: str) -> list[str]:
        """The keyed hash of a number under each key. During a rotation, rows have hashes of either key."""
        return [_hash(key, number) for key in self.keys]

    def hash_of_same_key(self, encrypted: str, number: str) -> str | None:
        """The keyed hash under the key that encrypted the value; None if that key is not configured."""
        key = self._by_id.get(encrypted.partition(":")[0])
        return None if key is None else _hash(key, number)


def _hash(key: Key, number: str) -> str:
    hashing = key.search.copy()
    hashing.update(normalised(number).encode())
    digest = hashing.finalize()
    return binascii.b2a_base64(digest[:18], newline=False).decode()


def normalised(number: str) -> str:
    """The number in the form that is hashed: without separators, in lower case."""
    if number.isascii() and number.isalnum():  # fast path for nearly all numbers
        return number.lower()
    text = unicodedata.normalize("NFKC", number)
    return _SEPARATORS.sub("", text).casefold() or text


def parse_key_ring(text: str) -> KeyRing:
    """The key ring from text: `id:key`, separated by commas or white space; each key is 32 bytes in base64.

    Raises KeysUnusable `keys_invalid`, without quoting the text.
    """
    keys: list[Key] = []
    for number, entry in enumerate(re.split(r"[\s,]+", text.strip()), start=1):
        key_id, _, encoded = entry.partition(":")
        secret = _secret(encoded)
        if not _ID.fullmatch(key_id) or secret is None:
            raise KeysUnusable("keys_invalid", f"Key {number} must be an id, a colon and 32 bytes in base64.")
        if key_id in {key.id for key in keys}:
            raise KeysUnusable("keys_invalid", f"The id {key_id} appears twice among the keys.")
        keys.append(Key.of(key_id, secret))
    return KeyRing(keys)


def _secret(encoded: str) -> bytes | None:
    try:
        secret = base64.b64decode(encoded.translate(str.maketrans("-_", "+/")), validate=True)
    except ValueError:
        return None
    return secret if len(secret) == _KEY_BYTES else None


def new_key() -> str:
    """A new key with a random id, in the form that `parse_key_ring` reads."""
    return f"k{os.urandom(4).hex()}:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}"
