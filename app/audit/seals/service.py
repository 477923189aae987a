"""Makes seals over what was recorded since the one before, so that nothing falls between two."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app.audit.seals.encoding import BLOCKS, LEAVES, Seal, block_root, marks_of, signed
from app.audit.seals.queries import last_seal, leaves
from app.database import Connection, Database, Prepared
from app.database.locks import Lock, acquire, lock_table
from app.database.tables import entries, seal_blocks, seals
from app.domain import merkle
from app.domain.localtime import local_date
from app.dossiers.chain import START

# Seconds to wait for those that write entries: others that write wait behind this.
_PATIENCE = 2
# A request says when it came before it writes, and may wait for its turn or for its body: so long after midnight the
# last of a day may be under way. The clocks of several workers are no further apart.
_SETTLING = timedelta(minutes=5)
_HIGHEST = Prepared(select(func.coalesce(func.max(entries.c.id), 0)))


class _Drawn(NamedTuple):
    """A seal and its blocks, not written yet."""

    seal: Seal
    blocks: Sequence[dict[str, Any]]


async def seal(database: Database, now: datetime) -> list[Seal]:
    """Seals all that is recorded by now and answers with the seals made: none, one, or several where it is much.

    Raises DatabaseUnavailable where, on PostgreSQL, those who are writing do not end within two seconds.
    """
    made: list[Seal] = []
    last_id = await _settled(database)
    while True:
        async with database.reading(heavy=True) as connection:
            before = await last_seal(connection)
            drawn = await _draw(connection, before, last_id, now)
        if drawn is None:
            return made
        if await _write(database, before, drawn):
            made.append(drawn.seal)


async def seal_if_due(database: Database, now: datetime) -> list[Seal]:
    """As `seal`, where a day has ended since the newest seal, and something was recorded.

    A seal from the future is of a clock that was wrong, and holds up none.
    """
    async with database.reading() as connection:
        last = await last_seal(connection)
        if last is not None and last.date >= _ended(now) and last.sealed_at <= now + _SETTLING:
            return []
        if await connection.scalar(_HIGHEST) <= (last.last_id if last else 0):
            return []
    return await seal(database, now)


async def _settled(database: Database) -> int:
    """The highest id of an entry, below which none will appear any more.

    An id is given while the row is inserted and seen when it is committed, so whoever is between the two is waited for.
    On SQLite there is one writing transaction at a time already.
    """
    async with database.writing() as connection:
        await lock_table(connection, entries, "SHARE", _PATIENCE)
        highest: int = await connection.scalar(_HIGHEST)
    return highest


async def _draw(connection: Connection, before: Seal | None, last_id: int, now: datetime) -> _Drawn | None:
    """The next seal, block by block; None where there is nothing to seal."""
    number, after = (before.number + 1, before.last_id) if before else (1, 0)
    first_id, count, roots, blocks = 0, 0, list[bytes](), list[dict[str, Any]]()
    while len(blocks) < BLOCKS and (found := await leaves(connection, after, last_id, LEAVES)):
        first_id, after, count = first_id or found[0].id, found[-1].id, count + len(found)
        roots.append(block_root(found))
        blocks.append(
            {
                "seal": number,
                "block": len(blocks),
                "first_id": found[0].id,
                "last_id": found[-1].id,
                "root": roots[-1].hex(),
                "leaves": marks_of(found),
            }
        )
    if not blocks:
        return None
    root, previous = merkle.root(roots).hex(), before.hash if before else START
    return _Drawn(signed(Seal(number, _ended(now), first_id, after, count, root, previous, now, "")), blocks)


async def _write(database: Database, before: Seal | None, drawn: _Drawn) -> bool:
    """Whether it was written; another worker may have been first."""
    async with database.writing() as connection:
        await acquire(connection, Lock.SEALS)
        if await last_seal(connection) != before:
            return False
        await connection.insert(seals, asdict(drawn.seal))
        await connection.insert_many(seal_blocks, drawn.blocks)
    return True


def _ended(now: datetime) -> date:
    """The last local day that has ended: of it, nothing can be recorded any more."""
    return local_date(now - _SETTLING) - timedelta(days=1)
