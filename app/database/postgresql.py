"""PostgreSQL behind a fair pool of asyncpg connections. Borrowing a connection costs no round trip."""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType

import asyncpg
from sqlalchemy import make_url

from app.database.connection import Connection, Database
from app.database.errors import DatabaseUnavailable
from app.database.fair_queue import HeavyTurns, Turns
from app.database.postgresql_connection import PostgresConnection
from app.database.postgresql_errors import DRIVER_ERRORS, must_close, translate

OLDEST_VERSION = 15

# Seconds to wait for a connection, and after the statement timeout for its confirmation by the server.
LONGEST_SILENCE = 5

# A generic query plan reads far more rows than a plan for the requested period.
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"


async def open_postgresql(
    url: str, pool_size: int, busy_seconds: float, statement_seconds: float | None, heavy_at_once: int | None
) -> "PostgresDatabase":
    """Opens the database at a `postgresql://` URL, and one connection to check that it answers."""
    # One connection is reserved for work that is not heavy.
    heavy = HeavyTurns(max(min(heavy_at_once, pool_size - 1), 1)) if heavy_at_once else None
    database = PostgresDatabase(url, pool_size, busy_seconds, statement_seconds, heavy)
    driver = await database.take()
    database.give(driver)
    return database


class PostgresDatabase(Database):
    """A pool of at most `pool_size` connections, opened on demand and lent first come, first served."""

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
            # JIT compilation takes longer than these short statements.
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
            # The connection used last has the warmest server process.
            driver = self._idle.pop()
            if not driver.is_closed():
                return driver
        try:
            return await self._connect()
        except BaseException:
            self._turns.give()
            raise

    def give(self, driver: asyncpg.Connection) -> None:
        """Return the connection to the pool, or drop it if it is closed or still in a transaction."""
        if not driver.is_closed():
            if driver.is_in_transaction():
                driver.terminate()
            else:
                self._idle.append(driver)
        self._turns.give()

    async def undo(self, driver: asyncpg.Connection) -> None:
        """Roll back and return the connection, even if the task is cancelled again."""
        task = asyncio.create_task(self._undo(driver))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        await asyncio.shield(task)

    async def _undo(self, driver: asyncpg.Connection) -> None:
        try:
            # This waits until a cancelled statement ends. Without a transaction ROLLBACK only causes a notice.
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
                # Enough for all statements of the service, as long as the connection is open.
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
            )
        except DRIVER_ERRORS as error:
            raise DatabaseUnavailable(f"PostgreSQL: {error}") from error
        version = driver.get_server_version()
        if version.major < OLDEST_VERSION:
            await driver.close()
            raise DatabaseUnavailable(f"PostgreSQL {OLDEST_VERSION} or later is required, this is {version.major}")
        return driver


class _Reading(AbstractAsyncContextManager[Connection]):
    """Statements without a transaction. Each sees the data committed when it begins."""

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
            # Cancelled, perhaps during a statement.
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
                raise RuntimeError("a statement failed and its error was ignored: the transaction is rolled back")
            return
        await self._run("COMMIT")
        self._database.give(self._driver)

    async def _run(self, command: str) -> None:
        try:
            await self._driver.execute(command)
        except BaseException as error:
            if isinstance(error, Exception) and must_close(error, self._driver):
                self._driver.terminate()
            await self._database.undo(self._driver)
            service_error = translate(error, closed=self._driver.is_closed()) if isinstance(error, Exception) else None
            if service_error is None:
                raise
            raise service_error from error
