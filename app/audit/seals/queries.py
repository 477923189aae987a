"""Queries of seals and of the blocks of their trees."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select

from app.audit.seals.encoding import Seal
from app.audit.seals.logs import BY_NAME
from app.database import Connection, Prepared, Row
from app.database.json_conditions import has_key
from app.database.tables import seal_blocks, seals

_LAST = Prepared(select(seals).order_by(seals.c.number.desc()).limit(1))
_NEWEST = Prepared(
    select(seals).where(seals.c.number < bindparam("before")).order_by(seals.c.number.desc()).limit(bindparam("most"))
)
_OLDEST = Prepared(
    select(seals).where(seals.c.number > bindparam("after")).order_by(seals.c.number).limit(bindparam("most"))
)
# A seal without entries has the `last_id` of the one before.
_OF_ENTRY = Prepared(
    select(seals).where(seals.c.last_id >= bindparam("entry")).order_by(seals.c.last_id, seals.c.number).limit(1)
)
# A seal of an older version does not name each log.
_ENDS = {
    name: Prepared(select(seals.c.logs).where(has_key(seals.c.logs, name)).order_by(seals.c.number.desc()).limit(1))
    for name in BY_NAME
}
_ROOTS = Prepared(
    select(seal_blocks.c.block, seal_blocks.c.first_id, seal_blocks.c.last_id, seal_blocks.c.root, seal_blocks.c.log)
    .where(seal_blocks.c.seal == bindparam("seal"))
    .order_by(seal_blocks.c.block)
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
    """The blocks of a seal in order, each `(block, first_id, last_id, root, log)`."""
    return await connection.all(_ROOTS, seal=number)


async def ends_of_logs(connection: Connection) -> Mapping[str, int]:
    """The last sealed id of each log beside the journal, as far as one was sealed."""
    newest = {name: await connection.scalar(statement) for name, statement in _ENDS.items()}
    return {name: logs[name]["last"] for name, logs in newest.items() if logs}
