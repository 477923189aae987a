"""Reads the entries of the ledger in their order."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, func, select, type_coerce

from app.database import Connection, Prepared, Row
from app.database.tables import ledger
from app.domain.hash_chain import START

# Entries read by one statement.
PAGE = 500

# The column `data` as text, as the hash covers it.
COLUMNS = [type_coerce(item, Text()).label("data") if item is ledger.c.data else item for item in ledger.c]
_PREVIOUS = func.coalesce(func.lag(ledger.c.hash).over(order_by=ledger.c.number), START).label("previous")
_AFTER = Prepared(
    select(*COLUMNS, _PREVIOUS)
    # With the entry before, for its hash.
    .where(ledger.c.number >= bindparam("before"))
    .order_by(ledger.c.number)
    .limit(bindparam("most"))
)


async def entries_after(connection: Connection, after: int, most: int) -> Sequence[Row]:
    """The entries with greater numbers, at most so many, each with the hash of the one before as `previous`."""
    rows = await connection.all(_AFTER, before=after, most=most + 1)
    return rows[1:] if rows and rows[0].number == after else rows[:most]
