"""Takes over rows that the ledger lacks: of the time before it, or written by an older version since (rules §13)."""

from datetime import datetime

from sqlalchemy import func, select

from app.database import Connection, Database, Prepared
from app.database.tables import ledger
from app.domain.localtime import to_second
from app.ledger.entries import COMMAND_LINE, Kind
from app.ledger.replay import begun, unlike_rows
from app.ledger.service import Change, append
from app.ledger.subjects import SUBJECTS, Subject

# Entries appended by one statement.
_BATCH = 500

_ADOPTED = Prepared(
    select(ledger.c.recorded_at, func.count().label("number"))
    .where(ledger.c.type == Kind.ADOPTED)
    .group_by(ledger.c.recorded_at)
    .order_by(ledger.c.recorded_at)
)


async def begin(database: Database, now: datetime) -> int:
    """Adopts the rows of each table that the ledger does not hold yet; their number. Afterwards it holds all."""
    async with database.reading() as connection:
        held = await begun(connection)
    number = 0
    for subject in SUBJECTS.values():
        if subject.name not in held:
            async with database.writing() as connection:
                number += await _adopt(connection, subject, now)
                await append(connection, [(subject.name, None, Kind.BEGUN, {})], COMMAND_LINE, now)
    return number


async def adopt(database: Database, now: datetime) -> int:
    """Adopts all rows that differ from the ledger; their number. `adoption_notes` names it for ever."""
    number = 0
    for subject in SUBJECTS.values():
        async with database.writing() as connection:
            number += await _adopt(connection, subject, now)
    return number


async def adoption_notes(database: Database) -> list[str]:
    """A line for each time when rows were taken over, oldest first."""
    async with database.reading() as connection:
        rows = await connection.all(_ADOPTED)
    return [f"The ledger took over {row.number} rows as they were at {to_second(row.recorded_at)}." for row in rows]


async def _adopt(connection: Connection, subject: Subject, now: datetime) -> int:
    number, changes = 0, list[Change]()
    async for unlike in unlike_rows(connection, subject):
        # A row that cannot be read stays a difference.
        if unlike.reason is None:
            changes.append((subject.name, unlike.row_id, Kind.ADOPTED, {"values": unlike.actual}))
        if len(changes) == _BATCH:
            number, changes = number + await _append(connection, changes, now), []
    return number + await _append(connection, changes, now)


async def _append(connection: Connection, changes: list[Change], now: datetime) -> int:
    await append(connection, changes, COMMAND_LINE, now)
    return len(changes)
