"""Reads from the ledger which months of the access log were dropped after their years (rules §13)."""

from datetime import UTC, datetime

from sqlalchemy import bindparam, select

from app.database import Connection, Instant, Prepared
from app.database.tables import access_log, ledger
from app.ledger.entries import Kind

# Years that the database keeps each view (app/database/append_only.py).
_YEARS = 2

_DROPPED = Prepared(
    select(ledger.c.row_id, ledger.c.recorded_at).where(
        ledger.c.subject == access_log.name,
        ledger.c.type == Kind.REMOVED,
        ledger.c.recorded_at <= bindparam("now", type_=Instant()),
    )
)


async def dropped_months(connection: Connection, now: datetime) -> frozenset[int]:
    """The months, as 202611, whose views were dropped until `now`, at least two years after their end."""
    rows = await connection.all(_DROPPED, now=now)
    return frozenset(row.row_id for row in rows if row.row_id and _was_old(row.row_id, row.recorded_at))


def _was_old(month: int, dropped_at: datetime) -> bool:
    number = month // 100 * 12 + month % 100  # of the month after it, counted from zero
    if not 12 <= number < 9990 * 12:
        return False
    return datetime(number // 12 + _YEARS, number % 12 + 1, 1, tzinfo=UTC) <= dropped_at
