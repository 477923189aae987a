"""Drops whole sealed months of the access log. The ledger keeps which; their roots stay in the seals."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select

from app.audit.seals.queries import ends_of_logs
from app.audit.seals.service import seal
from app.audit.seals.views import VIEWS, month_number
from app.database import Connection, Database, Instant, Prepared
from app.database.partitions import drop_month, month_start
from app.database.tables import access_log
from app.ledger.entries import COMMAND_LINE, Kind
from app.ledger.service import append

_at = access_log.c.viewed_at
_BEFORE = _at < bindparam("end", type_=Instant())
_COUNT = Prepared(select(func.count()).select_from(access_log).where(_BEFORE))
_OLDEST = Prepared(select(func.min(_at, type_=Instant())).where(_BEFORE))
_IN_MONTH = (_at >= bindparam("start", type_=Instant()), _BEFORE)
_MONTH = Prepared(select(func.count().label("views"), func.max(access_log.c.id).label("last")).where(*_IN_MONTH))
_DELETE = Prepared(delete(access_log).where(*_IN_MONTH))


async def count_views(database: Database, before: datetime) -> int:
    """The number of views in months that ended until `before`."""
    async with database.reading() as connection:
        number: int = await connection.scalar(_COUNT, end=month_start(before, 0))
        return number


async def purge_views(database: Database, before: datetime, now: datetime) -> int:
    """Drops the views of all months that ended until `before`, after it sealed them; their number.

    A trigger of the database refuses to delete views of the last two years.
    """
    await seal(database, now)
    end, dropped = month_start(before, 0), 0
    while True:
        async with database.reading(heavy=True) as connection:
            oldest: datetime | None = await connection.scalar(_OLDEST, end=end)
            if oldest is None:
                return dropped
            start = month_start(oldest, 0)
            month = await connection.one(_MONTH, start=start, end=month_start(oldest, 1))
            sealed = (await ends_of_logs(connection)).get(VIEWS, 0)
        if month.last > sealed:
            return dropped  # A view of this month was entered just now. The next run drops it.
        await _drop(database, start, month.views, now)
        dropped += month.views


async def _drop(database: Database, start: datetime, views: int, now: datetime) -> None:
    async def say(connection: Connection) -> None:
        data = {"reason": f"{views} views older than the years that they are kept", "values": None}
        await append(connection, [(access_log.name, month_number(start), Kind.REMOVED, data)], COMMAND_LINE, now)

    if not await drop_month(database, start, say):
        async with database.writing() as connection:
            await connection.run(_DELETE, start=start, end=month_start(start, 1))
            await say(connection)
