"""The seals held against each other, against the entries that they hold, and against those that somebody has kept."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, select, type_coerce

from app.audit.seals.encoding import LEAVES, Leaf, Seal, block_root, hash_bytes, marks_of, seal_content
from app.audit.seals.lines import KeptSeal, every_seal
from app.audit.seals.queries import blocks_of, leaves
from app.audit.verification.difference import Difference
from app.audit.verification.stored_dossiers import LenientJson
from app.database import Connection, Prepared
from app.database.tables import dossiers, seal_blocks
from app.domain import merkle
from app.dossiers.chain import START, hash_of

# Of each seal so many entries are named: where all were recomputed, they are all of them.
_MOST = 100
_BELOW_ALL = -(2**63)

_MARKS = Prepared(
    select(type_coerce(seal_blocks.c.leaves, LenientJson())).where(
        seal_blocks.c.seal == bindparam("seal"), seal_blocks.c.block == bindparam("block")
    )
)
_NUMBERS = Prepared(select(seal_blocks.c.seal).distinct().order_by(seal_blocks.c.seal))
_CODE = Prepared(select(dossiers.c.code).where(dossiers.c.id == bindparam("dossier")))


async def seal_differences(connection: Connection, kept: Iterable[KeptSeal] = ()) -> list[Difference]:
    """Seals altered, removed or put in, and entries that are not as they were sealed, by name (rules §13).

    `kept` are seals from outside of the database: where it was rewritten with all its seals, only these tell.
    """
    found: list[Difference] = []
    hashes: dict[int, str] = {}
    previous: Seal | None = None
    async for seal in every_seal(connection):
        found += _chain_differences(previous, seal)
        found += [
            tree_difference async for tree_difference in _tree_differences(connection, seal, _after(previous, seal))
        ]
        hashes[seal.number], previous = seal.hash, seal
    for row in await connection.all(_NUMBERS):
        if row.seal not in hashes:
            found.append(Difference(f"seal {row.seal}", None, "seals", "a row", None))
    return [*found, *_kept_differences(kept, hashes)]


def _after(previous: Seal | None, seal: Seal) -> int:
    """Up to which id entries belong to the seal before: those that follow and were not there then were put in."""
    if seal.number == 1:
        return _BELOW_ALL
    return previous.last_id if previous and previous.number == seal.number - 1 else seal.first_id - 1


def _chain_differences(previous: Seal | None, seal: Seal) -> Iterator[Difference]:
    name, before = f"seal {seal.number}", previous.number if previous else 0
    for missing in range(before + 1, seal.number):
        yield Difference(f"seal {missing}", None, "seals", "a row", None)
    expected = hash_of(seal_content(seal))
    if seal.hash != expected:
        yield Difference(name, None, "hash", expected, seal.hash)
    head = previous.hash if previous else START
    if before == seal.number - 1 and seal.previous != head:
        yield Difference(name, None, "previous", head, seal.previous)


def _kept_differences(kept: Iterable[KeptSeal], hashes: dict[int, str]) -> Iterator[Difference]:
    for item in kept:
        if hash_of(item.content) != item.hash:
            yield Difference(f"kept seal {item.number}", None, "hash", hash_of(item.content), item.hash)
        elif hashes.get(item.number) != item.hash:
            yield Difference(f"seal {item.number}", None, "hash that was kept", item.hash, hashes.get(item.number))


# --- The tree of one seal -------------------------------------------------------------------------------------------


async def _tree_differences(connection: Connection, seal: Seal, after: int) -> AsyncIterator[Difference]:
    """Entries that are not as they were sealed; `after`: the last id that belongs to the seal before."""
    blocks = await blocks_of(connection, seal.number)
    roots = [hash_bytes(block.root) for block in blocks]
    whole = bool(roots) and merkle.root(roots).hex() == seal.root
    if not whole:
        yield Difference(f"seal {seal.number}", None, "root", merkle.root(roots).hex() if roots else None, seal.root)
    named = count = 0
    for block in blocks:
        # Twice as many as there were: of what was put in between, enough to be named.
        found = await leaves(connection, after, block.last_id, 2 * LEAVES)
        after = block.last_id
        same = _root(found) == block.root
        count += len(found)
        if same and found[0].id != block.first_id:
            yield Difference(f"seal {seal.number} block {block.block}", None, "first_id", found[0].id, block.first_id)
        marks = await connection.scalar(_MARKS, seal=seal.number, block=block.block)
        if same and marks == marks_of(found):
            continue
        if same and whole:
            yield Difference(f"seal {seal.number} block {block.block}", None, "leaves", "as they were sealed", "others")
            continue
        changes = list(_entry_changes(marks, found))[: _MOST - named]
        named += len(changes)
        for dossier, sequence, field, expected, there in changes:
            yield Difference(await _code(connection, dossier), sequence, field, expected, there)
        if not changes and named < _MOST:
            yield Difference(f"seal {seal.number} block {block.block}", None, "root", _root(found), block.root)
    if whole and not named:
        for claim_difference in _claim_differences(seal, blocks[0].first_id, blocks[-1].last_id, count):
            yield claim_difference


def _claim_differences(seal: Seal, first_id: int, last_id: int, count: int) -> Iterator[Difference]:
    """Where a seal says that it holds other entries than its tree: those between it and the next would be in none."""
    for name, held in (("first_id", first_id), ("last_id", last_id), ("count", count)):
        if getattr(seal, name) != held:
            yield Difference(f"seal {seal.number}", None, name, held, getattr(seal, name))


def _entry_changes(marks: Any, found: Sequence[Leaf]) -> Iterator[tuple[int, int, str, Any, Any]]:
    """What became of the entries of a block: `(dossier, sequence, what, as sealed, as found)`."""
    known = {(one[0], one[1]): one[2] for one in marks} if isinstance(marks, list) else {}
    there = {(dossier, sequence): mark for dossier, sequence, mark in marks_of(found)}
    for key in sorted(known.keys() | there.keys()):
        if key not in there:
            yield *key, "sealed entry", "a row", None
        elif key not in known:
            yield *key, "sealed entry", None, "a row"
        elif known[key] != there[key]:
            yield *key, "sealed hash", known[key], there[key]
    if known == there and list(known) != list(there):
        for sealed, other in zip(known, there, strict=True):
            if sealed != other:
                yield *other, "place among what was sealed", "another", "here"


async def _code(connection: Connection, dossier: int) -> str:
    code: str | None = await connection.scalar(_CODE, dossier=dossier)
    return code or f"dossier {dossier}, which is gone"


def _root(found: Sequence[Leaf]) -> str | None:
    return block_root(found).hex() if found else None
