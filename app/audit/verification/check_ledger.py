"""Checks the chain of the ledger, and replays each of its tables (rules §13)."""

from collections.abc import AsyncIterator, Iterator

from sqlalchemy import bindparam, select

from app.audit.verification.difference import Difference, foreign_row, unequal
from app.database import Connection, Prepared, Row
from app.database.readable import ForeignRow, readable
from app.database.tables import ledger
from app.domain.hash_chain import START, hash_of
from app.ledger.entries import entry_content
from app.ledger.queries import COLUMNS
from app.ledger.replay import Unlike, unlike_rows
from app.ledger.subjects import SUBJECTS, Subject

# Largest number of differences to list for each table.
_MOST = 100

_ENTRIES = Prepared(
    select(*COLUMNS).where(ledger.c.number.between(bindparam("first"), bindparam("last"))).order_by(ledger.c.number)
)


async def ledger_differences(connection: Connection) -> list[Difference]:
    """Entries with another hash or number than the chain gives, and rows that differ from their last entry."""
    differences = [item async for item in _chain_differences(connection)]
    for subject in SUBJECTS.values():
        differences += [item async for item in _table_differences(connection, subject)]
    return differences


async def _chain_differences(connection: Connection) -> AsyncIterator[Difference]:
    async def read(first: int, last: int) -> list[Row]:
        return await connection.all(_ENTRIES, first=first, last=last)

    head, before, listed = START, 0, 0
    async for rows, foreign in readable(connection, ledger.c.number, read):
        for other in foreign:
            yield foreign_row("ledger", other)
        for row in rows:
            for difference in _entry_differences(row, head, before):
                listed += 1
                if listed <= _MOST:
                    yield difference
            head, before = row.hash, row.number


def _entry_differences(row: Row, head: str, before: int) -> Iterator[Difference]:
    if row.number != before + 1:
        yield Difference("ledger", before + 1, "entry", "a row", None)
    expected = hash_of(entry_content(head, row._asdict()))
    if row.hash != expected:
        yield Difference("ledger", row.number, "hash", expected, row.hash)


async def _table_differences(connection: Connection, subject: Subject) -> AsyncIterator[Difference]:
    listed = 0
    async for unlike in unlike_rows(connection, subject):
        for difference in _row_differences(subject, unlike):
            yield difference
        listed += 1
        if listed == _MOST:
            return


def _row_differences(subject: Subject, unlike: Unlike) -> Iterator[Difference]:
    name = f"{subject.name} {unlike.row_id}"
    if unlike.reason is not None:
        yield foreign_row(subject.name, ForeignRow(unlike.row_id, unlike.reason))
    elif unlike.expected is None:
        yield Difference(name, None, "row", "a row that the ledger knows", "a row")
    elif unlike.actual is None:
        yield Difference(name, None, "row", "a row", None)
    else:
        for column, *values in unequal(unlike.expected, unlike.actual):
            yield Difference(name, None, column, *values)
