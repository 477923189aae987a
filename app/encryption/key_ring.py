"""A ring of keys: the first one seals, all of them open; and keyed hashes, by which what is sealed can be found."""

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
# What people put between the digits of a number, and machines do not.
_BETWEEN = re.compile(r"[\s.\-_/]+")


@dataclass(frozen=True, slots=True)
class Key:
    """One key by its id; what is made of the secret is derived for its own purpose, once."""

    id: str
    cipher: AESGCM
    search: HMAC
    check: str  # tells two keys of one id apart, and gives nothing away

    @classmethod
    def of(cls, key_id: str, secret: bytes) -> "Key":
        """The key of 32 secret bytes."""
        encryption, search, check = (_derived(secret, purpose) for purpose in (b"sealing", b"search", b"check"))
        return cls(key_id, AESGCM(encryption), HMAC(search, SHA256()), check[:16].hex())


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"motcua " + purpose).derive(secret)


class KeyRing:
    """The keys of one register, the first in use."""

    __slots__ = ("_by_id", "_first", "_hash_of", "_prefix", "keys")

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)
        self._by_id = {key.id: key for key in keys}
        self._first = self.keys[0]
        self._prefix = f"{self._first.id}:"

    @property
    def prefix(self) -> str:
        """How all begins that is sealed under the first key."""
        return self._prefix

    def encrypt(self, value: str, place: str) -> str:
        """The value encrypted for its place (table, row and column), so that it opens nowhere else: AES-256-GCM."""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = nonce + self._first.cipher.encrypt(nonce, value.encode(), place.encode())
        return self._prefix + binascii.b2a_base64(encrypted, newline=False).decode()

    def decrypt(self, encrypted: str, place: str) -> str:
        """What was sealed for the place. Raises KeysUnusable `key_unknown`, or `seal_broken` for what is not whole."""
        key_id, colon, content = encrypted.partition(":")
        if not colon:  # what somebody wrote there as it is, and what no error may repeat
            raise KeysUnusable("seal_broken", f"What stands for {place} is not sealed.")
        key = self._by_id.get(key_id)
        if key is None:
            raise KeysUnusable("key_unknown", f"What is stored needs a key that is not at hand: {key_id[:32]!r}.")
        try:
            raw = binascii.a2b_base64(content)
            return key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeysUnusable("seal_broken", f"What was sealed for {place} under {key_id} does not open.") from None

    def hash(self, number: str) -> str:
        """The keyed hash of a number under the first key."""
        return _hash(self._first, number)

    def hashes(self, number: str) -> list[str]:
        """The keyed hash of a number under each key: while they change, some rows have the one, some the other."""
        return [_hash(key, number) for key in self.keys]

    def hash_of_same_key(self, encrypted: str, number: str) -> str | None:
        """The hash that stands beside what is sealed: under the same key; None where that is not at hand."""
        key = self._by_id.get(encrypted.partition(":")[0])
        return None if key is None else _hash(key, number)


def _hash(key: Key, number: str) -> str:
    hashing = key.search.copy()
    hashing.update(normalised(number).encode())
    digest = hashing.finalize()
    return binascii.b2a_base64(digest[:18], newline=False).decode()


def normalised(number: str) -> str:
    """The number as it is searched by: without what stands between its digits, letters alike."""
    if number.isascii() and number.isalnum():  # nearly all
        return number.lower()
    text = unicodedata.normalize("NFKC", number)
    return _BETWEEN.sub("", text).casefold() or text


def parse_key_ring(text: str) -> KeyRing:
    """The ring written as `id:key`, others behind commas or line breaks; each key is 32 bytes in base64.

    Raises KeysUnusable `keys_invalid`, without the text.
    """
    keys: list[Key] = []
    for number, one in enumerate(re.split(r"[\s,]+", text.strip()), start=1):
        key_id, _, encoded = one.partition(":")
        secret = _secret(encoded)
        if not _ID.fullmatch(key_id) or secret is None:
            raise KeysUnusable("keys_invalid", f"Key {number} must be an id, a colon and 32 bytes in base64.")
        if key_id in {key.id for key in keys}:
            raise KeysUnusable("keys_invalid", f"The id {key_id} stands twice among the keys.")
        keys.append(Key.of(key_id, secret))
    return KeyRing(keys)


def _secret(encoded: str) -> bytes | None:
    try:
        secret = base64.b64decode(encoded.translate(str.maketrans("-_", "+/")), validate=True)
    except ValueError:
        return None
    return secret if len(secret) == _KEY_BYTES else None


def new_key() -> str:
    """A new key as `parse_key_ring` reads it, with an id that no other has."""
    return f"k{os.urandom(4).hex()}:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}"
