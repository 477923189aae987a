"""Background tasks of each worker: make the due seals, and copy them out. The first worker does it."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path

from app.audit.seals.folder import copy_seals
from app.audit.seals.service import seal_if_due
from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Conflict, Unavailable

logger = logging.getLogger(__name__)

# Longest pause in seconds. Each worker chooses its own, so that they seldom try at the same time.
PAUSE = 60.0


def making_seals(
    database: Database, now: Callable[[], datetime], every: timedelta, watch: Watch | None = None
) -> AbstractAsyncContextManager[None]:
    """Makes due seals while the block runs: one after each `every` with new entries, and one after each day."""
    lost = "no seals are made"
    return running(_in_rounds(database, now, every, Rounds("seals", lost, watch)), lost)


async def _in_rounds(database: Database, now: Callable[[], datetime], every: timedelta, rounds: Rounds) -> None:
    pause = min(PAUSE, every.total_seconds() / 2)
    while True:
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
        # Not available, not migrated, or a writer that does not end.
        await rounds.attempt(_make_due(database, now(), every), (DatabaseUnavailable, Unavailable))


def copying_seals(database: Database, folder: Path, watch: Watch | None = None) -> AbstractAsyncContextManager[None]:
    """Copies each new seal into the folder while the block runs."""
    lost = "seals are not copied to the folder"
    return running(_copy_in_rounds(database, folder, Rounds("seal_copies", lost, watch)), lost)


async def _copy_in_rounds(database: Database, folder: Path, rounds: Rounds) -> None:
    while True:
        await asyncio.sleep(PAUSE * random.uniform(0.5, 1))  # noqa: S311
        # Not available, not writable, or a register whose seals are others now.
        await rounds.attempt(copy_seals(database, folder), (DatabaseUnavailable, OSError, Conflict))


async def _make_due(database: Database, now: datetime, every: timedelta) -> None:
    async with database.reading() as connection:
        await require_schema(connection)
    for seal in await seal_if_due(database, now, every):
        logger.info("seal %s of %s entries: %s", seal.number, seal.count, seal.hash)
