"""What a seal says, as it is hashed, and the tree whose root it holds (docs/journal.md): pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from app.database import json_text
from app.domain import merkle
from app.dossiers.chain import hash_of

# Stands in every content, so that another form can be told from this one.
SEAL_FORM = "motcua-seal-1"
# Leaves of one block, and blocks of one seal: both powers of two, so that the blocks are subtrees of the seal's tree.
# A proof reads one block's leaves and one seal's blocks, so that many rows at most.
LEAVES = 512
BLOCKS = 512
# So much of a hash names an entry; the root is what holds it.
_MARK = 8


@dataclass(frozen=True, slots=True)
class Seal:
    """A row of `seals`."""

    number: int
    date: date
    first_id: int
    last_id: int
    count: int
    root: str
    previous: str
    sealed_at: datetime
    hash: str


class Leaf(NamedTuple):
    """An entry, as it is sealed."""

    id: int
    dossier_id: int
    sequence: int
    hash: str


def seal_content(seal: Seal) -> str:
    """The canonical content of a seal: JSON with sorted keys and without spaces, its hash left out."""
    return json_text(
        {
            "count": seal.count,
            "date": seal.date.isoformat(),
            "first_id": seal.first_id,
            "form": SEAL_FORM,
            "last_id": seal.last_id,
            "number": seal.number,
            "previous": seal.previous,
            "root": seal.root,
            "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(timespec="seconds"),
        }
    )


def signed(seal: Seal) -> Seal:
    """The seal with its hash."""
    return replace(seal, hash=hash_of(seal_content(seal)))


def leaf_hash(entry_hash: str) -> bytes:
    """The hash of an entry as a leaf of the tree: over its 64 digits."""
    return merkle.leaf(entry_hash.encode())


def hash_bytes(digits: str) -> bytes:
    """The bytes of a stored hash; none where somebody put something else in its place."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def block_root(leaves: Sequence[Leaf]) -> bytes:
    """The root of a block."""
    return merkle.root([leaf_hash(leaf.hash) for leaf in leaves])


def marks_of(leaves: Sequence[Leaf]) -> list[list[Any]]:
    """What a block keeps of its leaves, so that what is changed later can be named."""
    return [[leaf.dossier_id, leaf.sequence, leaf.hash[:_MARK]] for leaf in leaves]
