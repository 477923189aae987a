"""Queries of seals, of the blocks of their trees, and of sealed entries."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from app.audit.seals.encoding import Leaf, Seal
from app.database import Connection, Prepared, Row
from app.database.tables import entries, seal_blocks, seals

_LAST = Prepared(select(seals).order_by(seals.c.number.desc()).limit(1))
_NEWEST = Prepared(
    select(seals).where(seals.c.number < bindparam("before")).order_by(seals.c.number.desc()).limit(bindparam("most"))
)
_OLDEST = Prepared(
    select(seals).where(seals.c.number > bindparam("after")).order_by(seals.c.number).limit(bindparam("most"))
)
_OF_ENTRY = Prepared(select(seals).where(seals.c.last_id >= bindparam("entry")).order_by(seals.c.last_id).limit(1))
_ROOTS = Prepared(
    select(seal_blocks.c.block, seal_blocks.c.first_id, seal_blocks.c.last_id, seal_blocks.c.root)
    .where(seal_blocks.c.seal == bindparam("seal"))
    .order_by(seal_blocks.c.block)
)
_LEAVES = Prepared(
    select(entries.c.id, entries.c.dossier_id, entries.c.sequence, entries.c.hash)
    .where(entries.c.id > bindparam("after"), entries.c.id <= bindparam("last"))
    .order_by(entries.c.id)
    .limit(bindparam("most"))
)
# Greater than every number of a seal.
_NO_END = 2**31 - 1


async def last_seal(connection: Connection) -> Seal | None:
    """The newest seal."""
    row = await connection.first(_LAST)
    return None if row is None else Seal(*row)


async def newest_seals(connection: Connection, before: int | None, most: int) -> list[Seal]:
    """Seals with numbers below `before`, the newest first."""
    rows = await connection.all(_NEWEST, before=_NO_END if before is None else before, most=most)
    return [Seal(*row) for row in rows]


async def oldest_seals(connection: Connection, after: int, most: int) -> list[Seal]:
    """Seals with numbers above `after`, the oldest first."""
    return [Seal(*row) for row in await connection.all(_OLDEST, after=after, most=most)]


async def seal_of(connection: Connection, entry_id: int) -> Seal | None:
    """The seal of an entry, by the entry's id; None if it is not sealed yet."""
    row = await connection.first(_OF_ENTRY, entry=entry_id)
    return None if row is None else Seal(*row)


async def blocks_of(connection: Connection, number: int) -> Sequence[Row]:
    """The blocks of a seal in order, each `(block, first_id, last_id, root)`."""
    return await connection.all(_ROOTS, seal=number)


async def leaves(connection: Connection, after: int, last: int, most: int) -> list[Leaf]:
    """The entries with ids in (after, last], in order, at most `most`."""
    return [Leaf(*row) for row in await connection.all(_LEAVES, after=after, last=last, most=most)]
