"""Checks the seals against each other and against their entries."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, select, type_coerce

from app.audit.seals.encoding import LEAVES, Leaf, Seal, block_root, hash_bytes, marks_of, seal_content
from app.audit.seals.lines import every_seal
from app.audit.seals.queries import blocks_of, leaves
from app.audit.verification.difference import Difference, name_of_missing, unequal
from app.audit.verification.stored_dossiers import LenientJson
from app.database import Connection, Prepared
from app.database.tables import dossiers, seal_blocks, seals
from app.domain import merkle
from app.domain.hash_chain import START, hash_of

# Largest number of entries to list for each seal. Where all hashes were recomputed, every entry differs.
_MOST = 100
_BELOW_ALL = -(2**63)

_MARKS = Prepared(
    select(type_coerce(seal_blocks.c.leaves, LenientJson())).where(
        seal_blocks.c.seal == bindparam("seal"), seal_blocks.c.block == bindparam("block")
    )
)
_WITHOUT_SEAL = Prepared(
    select(seal_blocks.c.seal)
    .distinct()
    .join(seals, seals.c.number == seal_blocks.c.seal, isouter=True)
    .where(seals.c.number.is_(None))
    .order_by(seal_blocks.c.seal)
)
_CODE = Prepared(select(dossiers.c.code).where(dossiers.c.id == bindparam("dossier")))


async def seal_differences(connection: Connection) -> list[Difference]:
    """Seals that were changed, removed or added, and entries that were changed after their seal (rules §13)."""
    differences: list[Difference] = []
    previous: Seal | None = None
    async for seal in every_seal(connection):
        differences += _chain_differences(previous, seal)
        differences += [item async for item in _tree_differences(connection, seal, _after(previous, seal))]
        previous = seal
    without = await connection.all(_WITHOUT_SEAL)
    return [*differences, *(Difference(f"seal {row.seal}", None, "seals", "a row", None) for row in without)]


def _after(previous: Seal | None, seal: Seal) -> int:
    """The last id of the seal before: entries with greater ids that this seal lacks were added later."""
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


# --- The tree of one seal -------------------------------------------------------------------------------------------


async def _tree_differences(connection: Connection, seal: Seal, after: int) -> AsyncIterator[Difference]:
    """Entries that were changed after the seal; `after` is the last id of the seal before."""
    blocks = await blocks_of(connection, seal.number)
    roots = [hash_bytes(block.root) for block in blocks]
    intact = bool(roots) and merkle.root(roots).hex() == seal.root
    if not intact:
        yield Difference(f"seal {seal.number}", None, "root", merkle.root(roots).hex() if roots else None, seal.root)
    listed = count = 0
    for block in blocks:
        name = f"seal {seal.number} block {block.block}"
        # Twice the size of a block: enough added entries to list them.
        stored = await leaves(connection, after, block.last_id, 2 * LEAVES)
        after = block.last_id
        same = _root(stored) == block.root
        count += len(stored)
        if same and stored[0].id != block.first_id:
            yield Difference(name, None, "first_id", stored[0].id, block.first_id)
        marks = await connection.scalar(_MARKS, seal=seal.number, block=block.block)
        if same and marks == marks_of(stored):
            continue
        if same and intact:
            yield Difference(name, None, "leaves", "the sealed entries", "others")
            continue
        changes = list(_entry_changes(marks, stored))[: _MOST - listed]
        listed += len(changes)
        for dossier, sequence, *change in changes:
            yield Difference(await _code(connection, dossier), sequence, *change)
        if not changes and listed < _MOST:
            yield Difference(name, None, "root", _root(stored), block.root)
    if intact and not listed:
        bounds = {"first_id": blocks[0].first_id, "last_id": blocks[-1].last_id, "count": count}
        # With wrong bounds, entries between this seal and the next would be in neither.
        for field, *values in unequal(bounds, {field: getattr(seal, field) for field in bounds}):
            yield Difference(f"seal {seal.number}", None, field, *values)


def _entry_changes(marks: Any, stored: Sequence[Leaf]) -> Iterator[tuple[int, int, str, Any, Any]]:
    """Changed entries of a block: dossier, sequence, field, sealed value, stored value."""
    sealed = {(mark[0], mark[1]): mark[2] for mark in marks} if isinstance(marks, list) else {}
    actual = {(dossier, sequence): mark for dossier, sequence, mark in marks_of(stored)}
    for key, before, now in unequal(sealed, actual):
        if before is None or now is None:
            yield *key, "sealed entry", "a row" if before else None, "a row" if now else None
        else:
            yield *key, "sealed hash", before, now
    if sealed == actual and list(sealed) != list(actual):
        for before, now in zip(sealed, actual, strict=True):
            if before != now:
                yield *now, "position among sealed entries", "another", "this"


async def _code(connection: Connection, dossier: int) -> str:
    code: str | None = await connection.scalar(_CODE, dossier=dossier)
    return code or name_of_missing(dossier)


def _root(stored: Sequence[Leaf]) -> str | None:
    return block_root(stored).hex() if stored else None
