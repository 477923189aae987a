"""Keys and signatures of signed notes, in the forms of C2SP (signed-note, tlog-cosignature), with Ed25519."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# Types of signatures: of the text, and of the text with a time by a witness.
SIGNATURE, COSIGNATURE = 1, 4

_NAME = re.compile(r"[!-*,-~]{1,200}")
_PRIVATE = "PRIVATE+KEY+"
_KEY_SIZE, _TIME_SIZE, _SIGNATURE_SIZE = 32, 8, 64
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})\n")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name. `kind`: SIGNATURE or COSIGNATURE."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that begin each signature of the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The key as text: name, id and key, with plus signs between them."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"

    def signed(self, note: str) -> bool:
        """True if the note has a signature of this key, and each of them is right."""
        return _all_right([self._right(text, signature) for text, signature in self._signatures(note)])

    def cosigned_at(self, note: str) -> int | None:
        """The time of the cosignature of this key, in seconds since 1970; None without a right one."""
        for text, signature in self._signatures(note):
            seconds = int.from_bytes(signature[:_TIME_SIZE])
            if self._right(_timed(text, seconds), signature[_TIME_SIZE:]):
                return seconds
        return None

    def _signatures(self, note: str) -> list[tuple[str, bytes]]:
        text, lines = split_note(note)
        decoded = [(name, _bytes(signature)) for name, signature in _LINE.findall(lines)]
        return [(text, value[4:]) for name, value in decoded if (name, value[:4]) == (self.name, self.id)]

    def _right(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    private: Ed25519PrivateKey

    def verifier(self, kind: int = SIGNATURE) -> Verifier:
        """The public key for signatures of this kind."""
        return Verifier(self.name, kind, self.private.public_key().public_bytes_raw())

    def __str__(self) -> str:
        """The key as text, for a setting."""
        key = _base64(bytes([SIGNATURE]) + self.private.private_bytes_raw())
        return f"{_PRIVATE}{self.name}+{self.verifier().id.hex()}+{key}"

    def sign(self, text: str) -> str:
        """The note: the text, which ends with a line break, and its signature."""
        signature = self.private.sign(text.encode())
        return f"{text}\n{self._line(SIGNATURE, signature)}"

    def cosignature(self, note: str, at: datetime) -> str:
        """The line that a witness adds to a note at this time."""
        text, seconds = split_note(note)[0], int(at.timestamp())
        signature = self.private.sign(_timed(text, seconds).encode())
        return self._line(COSIGNATURE, seconds.to_bytes(_TIME_SIZE) + signature)

    def _line(self, kind: int, signature: bytes) -> str:
        return f"— {self.name} {_base64(self.verifier(kind).id + signature)}\n"


def new_signer(name: str) -> Signer:
    """A signer with a new key. Raises ValueError for an impossible name."""
    _require(_NAME.fullmatch(name) is not None, "a name is ASCII without blanks and plus signs, as example.vn/seals")
    return Signer(name, Ed25519PrivateKey.generate())


def parse_signer(text: str) -> Signer:
    """The signer of a private key in the form of `Signer.__str__`. Raises ValueError for anything else."""
    _require(text.startswith(_PRIVATE), f"a private key of seals begins with {_PRIVATE}")
    name, key_id, kind, key = _parts(text.removeprefix(_PRIVATE))
    signer = Signer(name, Ed25519PrivateKey.from_private_bytes(key))
    _require(kind == SIGNATURE and signer.verifier().id.hex() == key_id, "the private key of seals is damaged")
    return signer


def parse_verifier(text: str) -> Verifier:
    """The key in the form of `Verifier.__str__`. Raises ValueError for anything else."""
    name, key_id, kind, key = _parts(text)
    verifier = Verifier(name, kind, key)
    right = kind in (SIGNATURE, COSIGNATURE) and verifier.id.hex() == key_id
    _require(right, f"the public key of {name} is damaged, or of another kind")
    return verifier


def split_note(note: str) -> tuple[str, str]:
    """The signed text and the lines of its signatures. Both are empty for a text that is no note."""
    text, blank, lines = note.rpartition("\n\n")
    return (f"{text}\n", lines) if blank else ("", "")


def _parts(text: str) -> tuple[str, str, int, bytes]:
    """Name, id, kind and key of a key's text."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    value = _bytes(encoded)
    right = _NAME.fullmatch(name) is not None and len(value) == 1 + _KEY_SIZE
    _require(right, "a key of seals is name+id+key, as `motcua seal-key new` prints it")
    return name, key_id, value[0], value[1:]


def _timed(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"


def _all_right(answers: list[bool]) -> bool:
    return bool(answers) and all(answers)


def _bytes(encoded: str) -> bytes:
    """The decoded value; empty for anything but base64."""
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return b""


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _require(right: bool, detail: str) -> None:
    if not right:
        raise ValueError(detail)
