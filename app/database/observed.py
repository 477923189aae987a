"""Lets a tracer observe statements and round trips. Without one nothing is wrapped, and nothing costs time."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

import asyncpg

from app.database.connection import Connection
from app.database.plan import Plan

# A block around a statement, by the kind of the database and the SQL with places instead of values.
Around = Callable[[str, str], AbstractContextManager[None]]
Method = Callable[..., Awaitable[Any]]

_METHODS = ("_fetch_all", "_fetch_first", "_run", "_run_many")
_round_trips: list[Callable[[Any], None]] = []


@contextmanager
def observed(around: Around, round_trip: Callable[[Any], None]) -> Iterator[None]:
    """Runs every statement of this process in `around` while the block runs.

    New connections to PostgreSQL report each round trip to `round_trip` (`asyncpg.connection.LoggedQuery`).
    """
    originals = [
        (kind, name, kind.__dict__[name]) for kind in _kinds(Connection) for name in _METHODS if name in kind.__dict__
    ]
    for kind, name, method in originals:
        setattr(kind, name, _within(around, method))
    _round_trips.append(round_trip)
    try:
        yield
    finally:
        _round_trips.remove(round_trip)
        for kind, name, method in originals:
            setattr(kind, name, method)


def report_round_trips(driver: asyncpg.Connection) -> None:
    """Makes a new connection report its round trips, if they are observed."""
    for round_trip in _round_trips:
        driver.add_query_logger(round_trip)


def _kinds(kind: type[Any]) -> Iterator[type[Connection]]:
    for concrete in kind.__subclasses__():
        yield concrete
        yield from _kinds(concrete)


def _within(around: Around, method: Method) -> Method:
    @wraps(method)
    async def observed_method(connection: Connection, plan: Plan, *arguments: Any) -> Any:
        with around(connection.dialect, plan.sql):
            return await method(connection, plan, *arguments)

    return observed_method
