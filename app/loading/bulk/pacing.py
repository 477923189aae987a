"""Speeds up long loads: rare garbage collection, and preparation of the next batch while the database works."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from app.database import Database

T = TypeVar("T")
S = TypeVar("S")

# Thresholds of the garbage collector. Whole histories make many objects and hardly a cycle. With Python's default of
# 700 new objects a fifth of the time went into collections.
_THRESHOLD = 100_000, 50, 100
# Items made before the event loop may serve the database.
_AT_A_TIME = 4


@contextmanager
def rare_collections() -> Iterator[None]:
    """Within the block the collector of cycles runs rarely. Reference counting works as usual."""
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def overlap(database: Database, work: Awaitable[S], make: Callable[[], Iterable[T]]) -> tuple[S, list[T]]:
    """The result of the work on the database, and the items of `make` in order.

    On PostgreSQL, a server of its own, `make` runs while the work waits for the server. On SQLite it runs after the
    work, because the file would stay locked longer. Raises the errors of either, after both have ended.
    """
    if database.dialect != "postgresql":
        return await work, list(make())
    task = asyncio.ensure_future(work)
    items: list[T] = []
    try:
        for item in make():
            items.append(item)
            if not len(items) % _AT_A_TIME:
                await asyncio.sleep(0)
    except BaseException:
        task.cancel()
        await asyncio.wait([task])
        raise
    return await task, items
