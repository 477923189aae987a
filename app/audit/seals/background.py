"""Background task of each worker that makes the daily seal. The first worker makes it."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from app.audit.seals.service import seal_if_due
from app.background import running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable

logger = logging.getLogger(__name__)

# Longest pause in seconds. Each worker chooses its own, so that they seldom try at the same time.
PAUSE = 60.0
# The same after a failed attempt.
LONG_PAUSE = 600.0


def daily_seals(database: Database, now: Callable[[], datetime]) -> AbstractAsyncContextManager[None]:
    """Makes due seals while the block runs, also for earlier days."""
    return running(_make_seals(database, now), "the task for seals has ended; no seals are made")


async def _make_seals(database: Database, now: Callable[[], datetime]) -> None:
    pause = PAUSE
    while True:
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
        try:
            async with database.reading() as connection:
                await require_schema(connection)
            for seal in await seal_if_due(database, now()):
                logger.info("seal %s of %s entries: %s", seal.number, seal.count, seal.hash)
            pause = PAUSE
        except (DatabaseUnavailable, Unavailable):
            # Not available, not migrated, or under a long VACUUM. A seal that waits would block writers.
            pause = LONG_PAUSE
