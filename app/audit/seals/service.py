"""Makes seals over all entries since the seal before, without a gap between two seals."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app.audit.seals.encoding import BLOCKS, LEAVES, Seal, block_root, hashed, marks_of
from app.audit.seals.queries import last_seal, leaves
from app.database import Connection, Database, Prepared
from app.database.locks import Lock, acquire, lock_table
from app.database.tables import entries, seal_blocks, seals
from app.domain import merkle
from app.domain.hash_chain import START
from app.domain.localtime import local_date

# Seconds to wait for running writers. The wait is short because new writers wait behind this lock.
_PATIENCE = 2
# Time after midnight during which entries of the day before may still be written: a request takes its time of arrival,
# and may then wait for its body or for its turn. Also the tolerated difference between the clocks of workers.
_SETTLING = timedelta(minutes=5)
_HIGHEST = Prepared(select(func.coalesce(func.max(entries.c.id), 0)))


class _Draft(NamedTuple):
    """A seal and its blocks before they are written."""

    seal: Seal
    blocks: Sequence[dict[str, Any]]


async def seal(database: Database, now: datetime) -> list[Seal]:
    """Seals all entries so far. The new seals: none, one, or several for very many entries.

    Raises DatabaseUnavailable on PostgreSQL if running writers do not end within two seconds.
    """
    made: list[Seal] = []
    last_id = await _settled(database)
    while True:
        async with database.reading(heavy=True) as connection:
            before = await last_seal(connection)
            draft = await _draft(connection, before, last_id, now)
        if draft is None:
            return made
        if await _write(database, before, draft):
            made.append(draft.seal)


async def seal_if_due(database: Database, now: datetime) -> list[Seal]:
    """As `seal`, if a day has ended since the last seal and there are new entries.

    A seal from the future comes from a wrong clock and does not delay others.
    """
    async with database.reading() as connection:
        last = await last_seal(connection)
        if last is not None and last.date >= _ended(now) and last.sealed_at <= now + _SETTLING:
            return []
        if await connection.scalar(_HIGHEST) <= (last.last_id if last else 0):
            return []
    return await seal(database, now)


async def _settled(database: Database) -> int:
    """The highest id of an entry. No entry with a lower id will appear later.

    A row gets its id at the insert and becomes visible at the commit, so this waits for running writers. SQLite has
    only one writer at a time.
    """
    async with database.writing() as connection:
        await lock_table(connection, entries, "SHARE", _PATIENCE)
        highest: int = await connection.scalar(_HIGHEST)
    return highest


async def _draft(connection: Connection, before: Seal | None, last_id: int, now: datetime) -> _Draft | None:
    """The next seal, block by block; None without new entries."""
    number, after = (before.number + 1, before.last_id) if before else (1, 0)
    first_id, count, roots, blocks = 0, 0, list[bytes](), list[dict[str, Any]]()
    while len(blocks) < BLOCKS and (page := await leaves(connection, after, last_id, LEAVES)):
        first_id, after, count = first_id or page[0].id, page[-1].id, count + len(page)
        roots.append(block_root(page))
        blocks.append(
            {
                "seal": number,
                "block": len(blocks),
                "first_id": page[0].id,
                "last_id": page[-1].id,
                "root": roots[-1].hex(),
                "leaves": marks_of(page),
            }
        )
    if not blocks:
        return None
    root, previous = merkle.root(roots).hex(), before.hash if before else START
    return _Draft(hashed(Seal(number, _ended(now), first_id, after, count, root, previous, now, "")), blocks)


async def _write(database: Database, before: Seal | None, draft: _Draft) -> bool:
    """Writes the draft; False if another worker made a seal first."""
    async with database.writing() as connection:
        await acquire(connection, Lock.SEALS)
        if await last_seal(connection) != before:
            return False
        await connection.insert(seals, asdict(draft.seal))
        await connection.insert_many(seal_blocks, draft.blocks)
    return True


def _ended(now: datetime) -> date:
    """The last local day without further entries to come."""
    return local_date(now - _SETTLING) - timedelta(days=1)
