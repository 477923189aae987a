"""Runs the service under uvicorn: one worker in this process, or several that share one port."""

import gc
import os
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette

from app.database import DatabaseUnavailable
from app.settings import Settings

# Seconds in which requests under way may end after the service was told to stop.
_GRACE = 10


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve a database that has this version's schema, until told to stop."""
    # Workers are processes of their own, which read their settings from the environment.
    os.environ.update({f"MOTCUA_{name.upper()}": str(value) for name, value in settings.model_dump().items()})
    uvicorn.run(
        "app.main:served",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,  # costs throughput, and a proxy keeps one; /metrics counts
        server_header=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
    )


async def settle(app: Starlette) -> None:
    """Load what every request needs, then put it out of the collector's sight, which paused for 50 ms to walk it."""
    # Where the database is away for the moment, the first request that finds it back will load it.
    with suppress(DatabaseUnavailable):
        async with app.state.database.reading() as connection:
            await app.state.reference.current(connection)
    gc.collect()
    gc.freeze()
