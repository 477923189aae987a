"""Reads rows page by page although some of them cannot be read, and names those.

SQLite keeps a value of any type in any column, and JSON is text on both databases. So one row that somebody else wrote
could end the reading of all.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Column, Table, bindparam, select

from app.database import Connection, Prepared, Row
from app.domain.errors import DomainError

T = TypeVar("T")

# Errors of decoding a value, and of what computes with it.
READING_ERRORS = (
    ArithmeticError,
    DomainError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    sqlite3.OperationalError,
)
_END = 2**62
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """A row that cannot be read, by its key, with the reason."""

    key: int
    reason: str


def reason_of(error: BaseException) -> str:
    """An error as a short text."""
    return f"{type(error).__name__}: {error}"[:_SHOWN]


async def readable(
    connection: Connection,
    key: Column[Any],
    read: Callable[[int, int], Awaitable[Sequence[T]]],
    *,
    bounds: tuple[int, int] = (-_END, _END),
    most: int = 500,
) -> AsyncIterator[tuple[Sequence[T], Sequence[ForeignRow]]]:
    """The rows in pages of at most `most`, each with its foreign rows.

    `read` gives the rows with first <= key <= last. `bounds`: the key after which the rows begin, and the last key.
    """
    after, last = bounds
    while rows := await connection.all(_keys(key), after=after, last=last, most=most):
        keys = [row[0] for row in rows]
        after = keys[-1]
        try:
            page: tuple[Sequence[T], Sequence[ForeignRow]] = await read(keys[0], after), ()
        except READING_ERRORS:
            page = await _one_by_one(keys, read)
        yield page


async def _one_by_one(
    keys: Sequence[int], read: Callable[[int, int], Awaitable[Sequence[T]]]
) -> tuple[Sequence[T], Sequence[ForeignRow]]:
    items: list[T] = []
    foreign: list[ForeignRow] = []
    for key in keys:
        try:
            items += await read(key, key)
        except READING_ERRORS as error:
            foreign.append(ForeignRow(key, reason_of(error)))
    return items, foreign


async def readable_rows(
    connection: Connection, table: Table, make: Callable[[Row], T]
) -> tuple[list[T], list[ForeignRow]]:
    """What `make` makes of the rows of a small table, in the order of their ids, and the foreign rows."""

    async def read(first: int, last: int) -> Sequence[T]:
        return [make(row) for row in await connection.all(_range(table), first=first, last=last)]

    items: list[T] = []
    foreign: list[ForeignRow] = []
    async for page, others in readable(connection, table.c.id, read):
        items += page
        foreign += others
    return items, foreign


@cache
def _range(table: Table) -> Prepared:
    rows = table.c.id.between(bindparam("first"), bindparam("last"))
    return Prepared(select(table).where(rows).order_by(table.c.id))


@cache
def _keys(key: Column[Any]) -> Prepared:
    # Wider than some keys, for bounds outside of them.
    bounds = key > bindparam("after", type_=BigInteger), key <= bindparam("last", type_=BigInteger)
    return Prepared(select(key).where(*bounds).order_by(key).limit(bindparam("most")))
