"""Deletes expired responses in the background of every worker."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable
from app.http.idempotency.responses import any_expired, delete_expired

# Seconds between two rounds. A response contains personal data, and is stored at most this long after its expiry.
PAUSE = 300.0
# Responses deleted in one transaction. Other transactions can write in between.
MOST = 200


def deleting_expired(
    database: Database, now: Callable[[], datetime], watch: Watch | None = None
) -> AbstractAsyncContextManager[None]:
    """Deletes expired responses while the block runs; the first round is at once."""
    lost = "expired idempotency responses are not deleted"
    return running(_delete_in_rounds(database, now, Rounds("expired_responses", lost, watch)), lost)


async def _delete_in_rounds(database: Database, now: Callable[[], datetime], rounds: Rounds) -> None:
    while True:
        # The next round tries again if the database cannot be reached, or is not migrated yet.
        await rounds.attempt(delete_all_expired(database, now()), (DatabaseUnavailable, Unavailable))
        await asyncio.sleep(PAUSE)


async def delete_all_expired(database: Database, now: datetime) -> None:
    """Deletes all responses that have expired by `now`; without any, it starts no writing transaction."""
    async with database.reading() as connection:
        await require_schema(connection)
        more = await any_expired(connection, now)
    while more:
        async with database.writing() as connection:
            more = await delete_expired(connection, now, MOST) == MOST
