"""Statements on SQLite: short ones run in the event loop, because a thread costs more; heavy ones run in a thread."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Table

from app.database.connection import Connection
from app.database.plan import Plan, Row, insert_plan, row_builder
from app.database.sqlite_errors import translate
from app.encryption.key_files import Keys

T = TypeVar("T")

# Rows of a bulk insert after which other tasks may run.
CHUNK = 500

_DRIVER_ERRORS = (sqlite3.Error, OverflowError, UnicodeEncodeError)


class TimedReader(sqlite3.Connection):
    """A connection of the driver with a read timeout: an instant of the monotonic clock, in seconds."""

    ends_at = inf

    def is_over_time(self) -> bool:
        """True after that instant. SQLite calls this regularly, and interrupts the statement then."""
        return monotonic() > self.ends_at


class SqliteConnection(Connection):
    """Runs its statements in the event loop. `failed`: the database refused one of them."""

    dialect = "sqlite"

    __slots__ = ("_driver", "failed")

    def __init__(self, driver: sqlite3.Connection, keys: Keys) -> None:
        super().__init__(keys)
        self._driver = driver
        self.failed = False

    def detach(self) -> None:
        """Make any later use an error, because the driver's connection is lent to other tasks."""
        del self._driver

    async def _fetch_all(self, plan: Plan, parameters: Mapping[str, Any]) -> list[Row]:
        return self._fetch_all_now(plan, parameters)

    async def _fetch_first(self, plan: Plan, parameters: Mapping[str, Any]) -> Row | None:
        return self._fetch_first_now(plan, parameters)

    def _fetch_all_now(self, plan: Plan, parameters: Mapping[str, Any]) -> list[Row]:
        sql, arguments = plan.bind(parameters)
        try:
            cursor = self._driver.execute(sql, arguments)
            records = cursor.fetchall()
        except _DRIVER_ERRORS as error:
            self._fail(error, plan)
        build = plan.build or _builder_for(cursor)
        return [build(record) for record in records]

    def _fetch_first_now(self, plan: Plan, parameters: Mapping[str, Any]) -> Row | None:
        sql, arguments = plan.bind(parameters)
        try:
            cursor = self._driver.execute(sql, arguments)
            record = cursor.fetchone()
        except _DRIVER_ERRORS as error:
            self._fail(error, plan)
        build = plan.build or _builder_for(cursor)
        # With unread rows the transaction could not end.
        cursor.close()
        return None if record is None else build(record)

    async def _run(self, plan: Plan, parameters: Mapping[str, Any]) -> int:
        # Statements that change no rows have -1.
        return max(self._execute(plan, parameters).rowcount, 0)

    async def _run_many(self, plan: Plan, rows: Sequence[Mapping[str, Any]]) -> None:
        for start in range(0, len(rows), CHUNK):
            if start:
                await asyncio.sleep(0)
            arguments = plan.bind_many(rows[start : start + CHUNK])
            try:
                self._driver.executemany(plan.sql, arguments)
            except _DRIVER_ERRORS as error:
                self._fail(error, plan)

    async def _insert_keyed(self, table: Table, row: Mapping[str, Any], key: str) -> int | None:  # noqa: ARG002
        return self._execute(insert_plan(table, tuple(row), "sqlite"), row).lastrowid

    def _execute(self, plan: Plan, parameters: Mapping[str, Any]) -> sqlite3.Cursor:
        sql, arguments = plan.bind(parameters)
        try:
            return self._driver.execute(sql, arguments)
        except _DRIVER_ERRORS as error:
            self._fail(error, plan)

    def _fail(self, error: Exception, plan: Plan) -> NoReturn:
        self.failed = True
        service_error = translate(error, plan.table)
        if service_error is None:
            raise error
        raise service_error from error


class HeavySqliteConnection(SqliteConnection):
    """Runs each reading in a thread, so that a long report does not block the event loop."""

    __slots__ = ()

    async def _fetch_all(self, plan: Plan, parameters: Mapping[str, Any]) -> list[Row]:
        return await run_in_thread(lambda: self._fetch_all_now(plan, parameters), self._driver.interrupt)

    async def _fetch_first(self, plan: Plan, parameters: Mapping[str, Any]) -> Row | None:
        return await run_in_thread(lambda: self._fetch_first_now(plan, parameters), self._driver.interrupt)


async def run_in_thread(work: Callable[[], T], interrupt: Callable[[], None] | None = None) -> T:
    """The result of `work`, run in a thread. A cancelled task still waits until the work has ended."""
    future = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            # Repeated, because an interrupt does not stop a statement that has not begun yet.
            if interrupt is not None:
                interrupt()
            with suppress(asyncio.CancelledError):
                await asyncio.wait([future], timeout=0.02)
        raise


def _builder_for(cursor: sqlite3.Cursor) -> Callable[[Sequence[Any]], Row]:
    return row_builder([column[0] for column in cursor.description or ()])
