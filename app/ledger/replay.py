"""Replays the ledger: the state that it gives to each row of a table, beside the row itself."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, func, select

from app.database import Connection, Prepared
from app.database.readable import READING_ERRORS, reason_of
from app.database.tables import ledger
from app.ledger.entries import Kind
from app.ledger.subjects import Subject

# Rows of a table in memory at the same time.
_PAGE = 500
_FIRST = -(2**62)

_OF_SUBJECT = ledger.c.subject == bindparam("subject")
_KEYS = Prepared(
    select(ledger.c.row_id)
    .distinct()
    .where(_OF_SUBJECT, ledger.c.row_id > bindparam("after", type_=BigInteger))
    .order_by(ledger.c.row_id)
    .limit(_PAGE)
)
_IN_RANGE = _OF_SUBJECT, ledger.c.row_id.between(bindparam("first"), bindparam("last"))
_LATEST = select(func.max(ledger.c.number)).where(*_IN_RANGE).group_by(ledger.c.row_id)
_STATES = Prepared(select(ledger.c.row_id, ledger.c.type, ledger.c.data).where(ledger.c.number.in_(_LATEST)))
_BEGUN = Prepared(select(ledger.c.subject).where(ledger.c.type == Kind.BEGUN, ledger.c.row_id.is_(None)))

Values = Mapping[str, Any]


class Unlike(NamedTuple):
    """A row that differs from the ledger. None: no row, or no entry; `reason`: one of them cannot be read."""

    row_id: int
    expected: Values | None
    actual: Values | None
    reason: str | None = None


async def unlike_rows(connection: Connection, subject: Subject) -> AsyncIterator[Unlike]:
    """The rows of the table that differ from their last entry, in the order of their keys."""
    after = _FIRST
    while keys := await _next_keys(connection, subject, after):
        bounds = keys[0], keys[-1]
        try:
            page = await _page(connection, subject, *bounds)
        except READING_ERRORS:
            page = [item for key in keys for item in await _one(connection, subject, key)]
        for item in page:
            yield item
        after = bounds[1]


async def begun(connection: Connection) -> set[str]:
    """The subjects whose rows of before the ledger were adopted."""
    return {row.subject for row in await connection.all(_BEGUN)}


async def _next_keys(connection: Connection, subject: Subject, after: int) -> list[int]:
    """The next keys that the table or the ledger has, at most a page of them."""
    held = await connection.all(_KEYS, subject=subject.name, after=after)
    stored = await connection.all(subject.keys, after=after, most=_PAGE)
    return sorted({row[0] for row in (*held, *stored)})[:_PAGE]


async def _page(connection: Connection, subject: Subject, first: int, last: int) -> list[Unlike]:
    states = await connection.all(_STATES, subject=subject.name, first=first, last=last)
    rows = await connection.all(subject.rows, first=first, last=last)
    expected = {row.row_id: row.data["values"] for row in states}
    actual = {row.row_id: subject.values(row) for row in rows}
    pairs = ((key, expected.get(key), actual.get(key)) for key in sorted(expected.keys() | actual.keys()))
    return [Unlike(*pair) for pair in pairs if not _alike(*pair[1:])]


def _alike(expected: Values | None, actual: Values | None) -> bool:
    if expected is None or actual is None:
        return expected is actual
    # A column that is younger than the entry is null until a change.
    younger = dict.fromkeys(actual.keys() - expected.keys())
    return {**younger, **expected} == actual


async def _one(connection: Connection, subject: Subject, key: int) -> list[Unlike]:
    try:
        return await _page(connection, subject, key, key)
    except READING_ERRORS as error:
        return [Unlike(key, None, None, reason_of(error))]
