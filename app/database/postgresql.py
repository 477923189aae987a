"""A PostgreSQL server behind a fair pool of asyncpg connections, which costs no round trip to borrow from."""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType

import asyncpg
from sqlalchemy import make_url

from app.database.connection import Connection, Database
from app.database.errors import DatabaseUnavailable
from app.database.fair_queue import HeavyTurns, Turns
from app.database.postgresql_connection import PostgresConnection
from app.database.postgresql_errors import DRIVER_ERRORS, translated

OLDEST_VERSION = 15

# Seconds after which a server is given up that should have connected, or ended a statement for its length, by then.
LONGEST_SILENCE = 5

# A plan made once for any period reads far more than one made for the period that is asked for.
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


async def open_postgresql(
    url: str, pool_size: int, busy_seconds: float, statement_seconds: float | None, heavy_at_once: int | None
) -> "PostgresDatabase":
    """The database at a `postgresql://` URL, with one connection made to see that it answers."""
    # One connection is left for those who do not wait for a report.
    heavy = HeavyTurns(max(min(heavy_at_once, pool_size - 1), 1)) if heavy_at_once else None
    database = PostgresDatabase(url, pool_size, busy_seconds, statement_seconds, heavy)
    driver = await database.take()
    database.give(driver)
    return database


class PostgresDatabase(Database):
    """At most `pool_size` connections, made when needed and lent in the order of asking."""

    dialect = "postgresql"

    def __init__(
        self,
        url: str,
        pool_size: int,
        busy_seconds: float,
        statement_seconds: float | None,
        heavy: HeavyTurns | None,
    ) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._busy_seconds = busy_seconds
        self._settings = {
            "application_name": "motcua",
            "timezone": "UTC",
            # Compiling a plan costs more than the short statements here take.
            "jit": "off",
            "lock_timeout": str(int(busy_seconds * 1000)),
            "statement_timeout": str(int((statement_seconds or 0) * 1000)),
        }
        self._answer_seconds = statement_seconds + LONGEST_SILENCE if statement_seconds else None
        self._turns = Turns(pool_size, busy_seconds)
        self._heavy = heavy
        self._idle: list[asyncpg.Connection] = []
        self._ending: set[asyncio.Task[None]] = set()

    def reading(
        self, *, snapshot: bool = False, heavy: bool = False, in_turn: bool = True
    ) -> AbstractAsyncContextManager[Connection]:
        reading = _Transaction(self, _SNAPSHOT) if snapshot else _Reading(self)
        return self._heavy.within(reading) if heavy and in_turn and self._heavy else reading

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return _Transaction(self, _WRITE)

    async def close(self) -> None:
        if self._ending:
            await asyncio.wait(self._ending)
        while self._idle:
            await self._idle.pop().close()

    async def take(self) -> asyncpg.Connection:
        """A live connection outside any transaction."""
        await self._turns.take()
        while self._idle:
            # The one used last: its server process is the warmest, and others may rest.
            driver = self._idle.pop()
            if not driver.is_closed():
                return driver
        try:
            return await self._connect()
        except BaseException:
            self._turns.give()
            raise

    def give(self, driver: asyncpg.Connection) -> None:
        """Lend the connection to the next, or drop it if it is still in a transaction or gone."""
        if not driver.is_closed():
            if driver.is_in_transaction():
                driver.terminate()
            else:
                self._idle.append(driver)
        self._turns.give()

    async def undo(self, driver: asyncpg.Connection) -> None:
        """End whatever the connection is in the midst of and give it back, even if the task is cancelled once more."""
        task = asyncio.create_task(self._undo(driver))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        await asyncio.shield(task)

    async def _undo(self, driver: asyncpg.Connection) -> None:
        try:
            # Waits for a statement that was cancelled to end; without a transaction it is only a notice.
            await driver.execute("ROLLBACK", timeout=self._busy_seconds)
        except DRIVER_ERRORS:
            driver.terminate()
        finally:
            self.give(driver)

    async def _connect(self) -> asyncpg.Connection:
        try:
            driver = await asyncpg.connect(
                self._dsn,
                timeout=min(LONGEST_SILENCE, self._busy_seconds),
                command_timeout=self._answer_seconds,
                server_settings=self._settings,
                # As many as the service has statements, for as long as the connection lives.
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
            )
        except DRIVER_ERRORS as error:
            raise DatabaseUnavailable(f"PostgreSQL: {error}") from error
        version = driver.get_server_version()
        if version.major < OLDEST_VERSION:
            await driver.close()
            raise DatabaseUnavailable(f"PostgreSQL {OLDEST_VERSION} or later is needed, this is {version.major}")
        return driver


class _Reading(AbstractAsyncContextManager[Connection]):
    """Statements without a transaction: each sees what is committed when it begins."""

    __slots__ = ("_connection", "_database", "_driver")

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def __aenter__(self) -> Connection:
        self._driver = await self._database.take()
        self._connection = PostgresConnection(self._driver, self._database.keys)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.detach()
        if kind is None or issubclass(kind, Exception):
            self._database.give(self._driver)
        else:
            # Cancelled, perhaps in the midst of a statement.
            await self._database.undo(self._driver)


class _Transaction(AbstractAsyncContextManager[Connection]):
    __slots__ = ("_begin", "_connection", "_database", "_driver")

    def __init__(self, database: PostgresDatabase, begin: str) -> None:
        self._database = database
        self._begin = begin

    async def __aenter__(self) -> Connection:
        self._driver = await self._database.take()
        await self._run(self._begin)
        self._connection = PostgresConnection(self._driver, self._database.keys)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self._connection.failed:
                await self._connection.flush()
        except BaseException:
            await self._database.undo(self._driver)
            raise
        finally:
            self._connection.detach()
        if kind is not None or self._connection.failed:
            await self._database.undo(self._driver)
            if kind is None:
                raise RuntimeError("a statement failed and its error was passed over: the transaction is undone")
            return
        await self._run("COMMIT")
        self._database.give(self._driver)

    async def _run(self, command: str) -> None:
        try:
            await self._driver.execute(command)
        except BaseException as error:
            if isinstance(error, TimeoutError):
                self._driver.terminate()
            await self._database.undo(self._driver)
            own = translated(error, closed=self._driver.is_closed()) if isinstance(error, Exception) else None
            if own is None:
                raise
            raise own from error
