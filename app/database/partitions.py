"""The partitions of the access log by month: months are added ahead, old ones are dropped.

PostgreSQL has them from schema 0031 on. Before it and on SQLite the functions do nothing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy import Text, bindparam, column, text

from app.database import Connection, Database, DatabaseUnavailable, Instant, Prepared
from app.database.locks import Lock, try_acquire

_AHEAD = 3  # months
# Others wait as long as a partition waits for its lock.
_SHORT = Prepared(text("SELECT set_config('lock_timeout', '300ms', true)"))
_TRIES = 20
_PAUSE = (0.2, 1.5)
_OF_LOG = "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass('access_log')"
_UPTO = "CAST(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''([^'']+)''\\)') AS timestamptz)"
_LAST = Prepared(text(f"SELECT max({_UPTO}) AS upto {_OF_LOG}").columns(column("upto", Instant())))
# The triggers keep each row two years. Dropping a partition passes them by.
_OLD = Prepared(
    text(f"SELECT c.relname AS name {_OF_LOG} AND {_UPTO} = :end AND {_UPTO} <= now() - interval '2 years'")
    .bindparams(bindparam("end", type_=Instant()))
    .columns(column("name", Text()))
)


async def add_months(database: Database, now: datetime) -> None:
    """Adds the months that are missing up to a quarter ahead. Raises DatabaseUnavailable if a lock is not free."""
    if database.dialect == "sqlite":
        return
    async with database.reading() as connection:
        last = await connection.scalar(_LAST)
    while last is not None and last < month_start(now, _AHEAD):
        async with database.writing() as connection:
            if not await try_acquire(connection, Lock.PARTITIONS):
                return  # another worker adds them
            if await connection.scalar(_LAST) == last:
                await _add(connection, last)
        last = month_start(last, 1)


async def drop_month(database: Database, start: datetime, also: Callable[[Connection], Awaitable[None]]) -> bool:
    """Drops the partition of the month, older than two years, in one transaction with `also`.

    A partition in use is tried again. False: it stays in use, or the month has none of its own, so that its rows must
    be deleted.
    """
    if database.dialect == "sqlite":
        return False
    async with database.reading() as connection:
        names = [row.name for row in await connection.all(_OLD, end=month_start(start, 1))]
    return _name(start) in names and await _drop(database, _name(start), also)


async def _add(connection: Connection, month: datetime) -> None:
    name = _name(month)
    await connection.scalar(_SHORT)
    # Attaching a table stops no view; creating a partition in place would.
    await connection.run(text(f"CREATE TABLE {name} (LIKE access_log INCLUDING DEFAULTS INCLUDING INDEXES)"))
    values = f"FROM ('{month}') TO ('{month_start(month, 1)}')"
    await connection.run(text(f"ALTER TABLE access_log ATTACH PARTITION {name} FOR VALUES {values}"))


async def _drop(database: Database, name: str, also: Callable[[Connection], Awaitable[None]]) -> bool:
    for _try in range(_TRIES):
        try:
            async with database.writing() as connection:
                await connection.scalar(_SHORT)
                await connection.run(text(f"DROP TABLE {name}"))
                await also(connection)
        except DatabaseUnavailable:
            await asyncio.sleep(random.uniform(*_PAUSE))  # noqa: S311 - no secret
        else:
            return True
    return False


def _name(month: datetime) -> str:
    return f"access_log_{month:%Y%m}"


def month_start(instant: datetime, later: int) -> datetime:
    """The start of a month (UTC), `later` months after that of `instant`."""
    months = instant.astimezone(UTC).year * 12 + instant.astimezone(UTC).month - 1 + later
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
