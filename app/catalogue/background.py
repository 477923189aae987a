"""Stores the provisional calendars of near years at the start of every worker and once a day (rules §3)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from app.background import Rounds, Watch, running
from app.catalogue.provisional import near_years, provide_years, stored_years
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Invalid, Unavailable
from app.domain.localtime import local_date

logger = logging.getLogger(__name__)

# Seconds between two checks.
PAUSE = 86_400.0
# The same after a failed check.
SHORT_PAUSE = 60.0


@asynccontextmanager
async def providing_near_years(
    database: Database, now: Callable[[], datetime], watch: Watch | None = None
) -> AsyncIterator[None]:
    """Near years have a calendar before the block runs, and are checked daily while it runs.

    A failed check is repeated soon.
    """
    lost = "near years get no provisional calendar"
    rounds = Rounds("near_years", lost, watch)

    async def check() -> float:
        succeeded = await rounds.attempt(provide_near_years(database, now()), (DatabaseUnavailable, Unavailable))
        return PAUSE if succeeded else SHORT_PAUSE

    async with running(_repeat(check, await check()), lost):
        yield


async def _repeat(check: Callable[[], Awaitable[float]], pause: float) -> None:
    while True:
        await asyncio.sleep(pause)
        pause = await check()


async def provide_near_years(database: Database, now: datetime) -> None:
    """Stores the calendars that are missing."""
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
