"""Sweeps answers whose life has ended, in the background of every worker."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime

from app.background import running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable
from app.http.idempotency.answers import is_expired, sweep

# Seconds between two looks: so much longer than its life an answer, which holds personal data, may lie there.
PAUSE = 300.0
# Answers deleted in one transaction: others get to write in between.
MOST = 200


def sweeping(database: Database, now: Callable[[], datetime]) -> AbstractAsyncContextManager[None]:
    """Sweeps while the block runs, beginning with what ended while no worker ran."""
    return running(_sweep(database, now), "sweeping has ended; answers outlive their keys")


async def _sweep(database: Database, now: Callable[[], datetime]) -> None:
    while True:
        # Where the database is away, or not migrated yet, there will be another time.
        with suppress(DatabaseUnavailable, Unavailable):
            await sweep_all(database, now())
        await asyncio.sleep(PAUSE)


async def sweep_all(database: Database, now: datetime) -> None:
    """Deletes all answers whose life has ended by `now`; nobody is kept from writing where there are none."""
    async with database.reading() as connection:
        await require_schema(connection)
        left = await is_expired(connection, now)
    while left:
        async with database.writing() as connection:
            left = await sweep(connection, now, MOST) == MOST
