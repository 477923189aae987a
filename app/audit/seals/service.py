"""Makes seals over all that the logs got since the seal before, without a gap between two seals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from app.audit.seals.encoding import BLOCKS, LEAVES, Seal, block_root, hashed, marks_of
from app.audit.seals.logs import JOURNAL, LOGS, Log
from app.audit.seals.queries import ends_of_logs, last_seal
from app.audit.seals.views import runs_of
from app.database import Connection, Database
from app.database.locks import Lock, acquire
from app.database.open_writers import open_writers, wait_for
from app.database.tables import seal_blocks, seals
from app.domain import merkle
from app.domain.hash_chain import START
from app.domain.localtime import local_date

# Seconds to wait for running writers. Nobody waits behind this wait.
_PATIENCE = 30.0
# Time after midnight during which entries of the day before may still be written: a request takes its time of arrival,
# and may then wait for its body or for its turn. Also the tolerated difference between the clocks of workers.
_SETTLING = timedelta(minutes=5)


class _Draft(NamedTuple):
    """A seal and its blocks before they are written."""

    seal: Seal
    blocks: Sequence[dict[str, Any]]


async def seal(database: Database, now: datetime) -> list[Seal]:
    """Seals all rows of the logs so far. The new seals: none, one, or several for very many entries.

    Raises DatabaseUnavailable on PostgreSQL if running writers do not end within 30 seconds.
    """
    made: list[Seal] = []
    ends = await _settled(database)
    while True:
        async with database.reading(heavy=True) as connection:
            before = await last_seal(connection)
            draft = await _draft(connection, before, ends, now)
        if draft is None:
            return made
        if await _write(database, before, draft):
            made.append(draft.seal)


async def seal_if_due(database: Database, now: datetime, every: timedelta) -> list[Seal]:
    """As `seal`, if a log has new rows, and the last seal is older than `every` or a day has ended since.

    A seal from the future comes from a wrong clock and does not delay others.
    """
    async with database.reading() as connection:
        last = await last_seal(connection)
        if last is not None and last.date >= _ended(now) and now - every < last.sealed_at <= now + _SETTLING:
            return []
        sealed = await _sealed(connection, last)
        if all([await connection.scalar(log.highest) <= sealed[log.name] for log in LOGS]):
            return []
    return await seal(database, now)


async def _settled(database: Database) -> Mapping[str, int]:
    """The highest id in each log. No row with a lower id will appear later.

    A row gets its id at the insert and becomes visible at the commit. So each row with a lower id belongs to a
    transaction that has ended or is open now: the seal waits for these, and no writer waits for the seal.
    """
    tables = [log.table.name for log in LOGS]
    async with database.writing() as connection:
        ends = {log.name: await connection.scalar(log.highest) for log in LOGS}
        writers = await open_writers(connection, tables)
    await wait_for(database, writers, tables, _PATIENCE)
    return ends


async def _sealed(connection: Connection, last: Seal | None) -> Mapping[str, int]:
    """The last sealed id of each log, 0 without one."""
    ends = await ends_of_logs(connection)
    return {log.name: ends.get(log.name, 0) for log in LOGS} | {JOURNAL: last.last_id if last else 0}


async def _draft(connection: Connection, before: Seal | None, ends: Mapping[str, int], now: datetime) -> _Draft | None:
    """The next seal, block by block; None without new rows."""
    number, blocks = before.number + 1 if before else 1, list[dict[str, Any]]()
    sealed = await _sealed(connection, before)
    covered = {log.name: await _add_blocks(connection, log, (sealed[log.name], ends[log.name]), blocks) for log in LOGS}
    if not blocks:
        return None
    for place, block in enumerate(blocks):
        block |= {"seal": number, "block": place}
    root, journal = merkle.root([bytes.fromhex(block["root"]) for block in blocks]), covered.pop(JOURNAL)
    seal = Seal(
        number=number,
        date=_ended(now),
        first_id=blocks[0]["first_id"] if journal["count"] else journal["last"] + 1,
        last_id=journal["last"],
        count=journal["count"],
        root=root.hex(),
        previous=before.hash if before else START,
        sealed_at=now,
        hash="",
        logs=covered,
    )
    return _Draft(hashed(seal), blocks)


async def _add_blocks(
    connection: Connection, log: Log, bounds: tuple[int, int], blocks: list[dict[str, Any]]
) -> dict[str, Any]:
    """Adds the blocks of the log's rows with ids in (after, end], as far as the seal has room. What they cover."""
    (after, end), count, months = bounds, 0, list[int]()
    while len(blocks) < BLOCKS and (page := await log.leaves(connection, after, end, LEAVES)):
        if log.by_month:
            months.append(page[0].dossier_id)
            _month, same = next(groupby(page, lambda leaf: leaf.dossier_id))
            page = list(same)
        after, count = page[-1].id, count + len(page)
        block = {"log": log.name, "first_id": page[0].id, "last_id": after}
        blocks.append({**block, "root": block_root(page).hex(), "leaves": marks_of(page)})
    return {"count": count, "last": after, **({"months": runs_of(months)} if log.by_month else {})}


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
