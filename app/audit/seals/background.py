"""Background task of each worker that makes the daily seal. The first worker makes it."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from app.audit.seals.service import seal_if_due
from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable

logger = logging.getLogger(__name__)

# Longest pause in seconds. Each worker chooses its own, so that they seldom try at the same time.
PAUSE = 60.0
# The same after a failed attempt.
LONG_PAUSE = 600.0


def daily_seals(
    database: Database, now: Callable[[], datetime], watch: Watch | None = None
) -> AbstractAsyncContextManager[None]:
    """Makes due seals while the block runs, also for earlier days."""
    lost = "no seals are made"
    return running(_in_rounds(database, now, Rounds("seals", lost, watch)), lost)


async def _in_rounds(database: Database, now: Callable[[], datetime], rounds: Rounds) -> None:
    pause = PAUSE
    while True:
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
        # Not available, not migrated, or under a long VACUUM. A seal that waits would block writers.
        succeeded = await rounds.attempt(_make_due(database, now()), (DatabaseUnavailable, Unavailable))
        pause = PAUSE if succeeded else LONG_PAUSE


async def _make_due(database: Database, now: datetime) -> None:
    async with database.reading() as connection:
        await require_schema(connection)
    for seal in await seal_if_due(database, now):
        logger.info("seal %s of %s entries: %s", seal.number, seal.count, seal.hash)
