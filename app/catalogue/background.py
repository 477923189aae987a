"""Stores the provisional calendars of near years at the start of every worker and once a day (rules §3)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from app.background import running
from app.catalogue.provisional import near_years, provide_years, stored_years
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Invalid, Unavailable
from app.domain.localtime import local_date

logger = logging.getLogger(__name__)

# Seconds between two checks.
PAUSE = 86_400.0


@asynccontextmanager
async def providing_near_years(database: Database, now: Callable[[], datetime]) -> AsyncIterator[None]:
    """Near years have a calendar before the block runs, and are checked daily while it runs."""
    await provide_near_years(database, now())
    async with running(_daily(database, now), "near years get no provisional calendar"):
        yield


async def _daily(database: Database, now: Callable[[], datetime]) -> None:
    while True:
        await asyncio.sleep(PAUSE)
        await provide_near_years(database, now())


async def provide_near_years(database: Database, now: datetime) -> None:
    """Stores the calendars that are missing; a database that cannot be used now is left for the next check."""
    with suppress(DatabaseUnavailable, Unavailable):
        async with database.reading() as connection:
            await require_schema(connection)
            stored = await stored_years(connection)
        years = near_years(stored, local_date(now))
        if stored.issuperset(years):
            return
        try:
            async with database.writing() as connection:
                await provide_years(connection, years, now)
        except Invalid as error:
            logger.warning("near years: %s", error.detail)
