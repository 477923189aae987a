"""Pure functions for the hashed content of seals and their Merkle trees (docs/journal.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from app.database import json_text
from app.domain import merkle
from app.domain.hash_chain import hash_of

# Part of every content, to distinguish the forms: seals of the journal alone, and of several logs.
SEAL_FORM, FORM_WITH_LOGS = "motcua-seal-1", "motcua-seal-2"
# Most leaves of a block and most blocks of a seal. Powers of two, so that each block is a subtree of the seal's tree.
# These numbers bound the rows that a proof reads.
LEAVES = 512
BLOCKS = 512
# Digits of a hash that a block stores to name a changed entry. The root itself covers complete hashes.
_MARK = 8


@dataclass(frozen=True, slots=True)
class Seal:
    """A row of `seals`. `logs`: `{log: {count, last}}` of the logs beside the journal; None: the journal alone."""

    number: int
    date: date
    first_id: int
    last_id: int
    count: int
    root: str
    previous: str
    sealed_at: datetime
    hash: str
    logs: Mapping[str, Any] | None = None


class Leaf(NamedTuple):
    """A row of a log as a leaf of the tree. `dossier_id`: 0 in the ledger, and the month, as 202611, of a view."""

    id: int
    dossier_id: int
    sequence: int
    hash: str


def seal_content(seal: Seal) -> str:
    """The canonical content of a seal without its hash: JSON with sorted keys and without spaces."""
    content: dict[str, Any] = {
        "count": seal.count,
        "date": seal.date.isoformat(),
        "first_id": seal.first_id,
        "form": SEAL_FORM if seal.logs is None else FORM_WITH_LOGS,
        "last_id": seal.last_id,
        "number": seal.number,
        "previous": seal.previous,
        "root": seal.root,
        "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return json_text(content if seal.logs is None else {**content, "logs": seal.logs})


def hashed(seal: Seal) -> Seal:
    """The seal with its hash."""
    return replace(seal, hash=hash_of(seal_content(seal)))


def leaf_hash(entry_hash: str) -> bytes:
    """The leaf for an entry: the hash over the 64 digits of its hash."""
    return merkle.leaf(entry_hash.encode())


def hash_bytes(digits: str) -> bytes:
    """The bytes of a stored hash; empty for a text that is not hexadecimal."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def block_root(leaves: Sequence[Leaf]) -> bytes:
    """The root of a block."""
    return merkle.root([leaf_hash(leaf.hash) for leaf in leaves])


def marks_of(leaves: Sequence[Leaf]) -> list[list[Any]]:
    """The content that a block stores of its leaves, to name entries that are changed later."""
    return [[leaf.dossier_id, leaf.sequence, leaf.hash[:_MARK]] for leaf in leaves]
