"""Runs the short transactions of migrations: each waits only briefly for a lock, and is repeated."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

# A request that comes after a waiting ALTER TABLE waits as long as that one does.
_LOCK_MS = 300
# No transaction may keep its locks for long. A longer statement belongs beside the service (app/database/online.py).
_STATEMENT_MS = 5_000
# The time for repetitions, in seconds. A long report or a backup may keep a table for minutes.
_PATIENCE = 900.0
_PAUSE = (0.2, 1.5)
# SQLSTATE: lock not available, deadlock detected.
_REPEATED = frozenset({"55P03", "40P01"})


def in_short_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    """The result of `work` in a transaction that waits at most 0.3 s for each lock.

    A refused lock or a deadlock rolls everything back, and `work` runs again after a random pause. Raises the last
    error after 15 minutes.
    """
    return repeated(lambda: _once(engine, work))


def repeated(work: Callable[[], T]) -> T:
    """The result of `work`, which is repeated after a refused lock or a deadlock."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return work()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _REPEATED or time.monotonic() > until:
                raise
        # Jitter, so that the tries do not follow the rhythm of the service's own transactions.
        time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - no secret


def _once(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_MS}ms'")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{_STATEMENT_MS}ms'")
        return work(connection)
