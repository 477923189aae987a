"""PostgreSQL behind a fair pool of asyncpg connections. Borrowing a connection costs no round trip."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from time import monotonic
from types import TracebackType

from app.database.address import Address
from app.database.connection import Connection, Database, PoolState
from app.database.errors import DatabaseUnavailable
from app.database.fair_queue import HeavyTurns, Turns
from app.database.postgresql_connection import PostgresConnection
from app.database.postgresql_errors import DRIVER_ERRORS, must_close, translate
from app.database.postgresql_servers import NoRoom, Servers, Session
from app.database.postgresql_watch import close_all, watch

# Seconds after the statement timeout for its confirmation by the server.
LONGEST_SILENCE = 5

# This share of the connections is reserved for reading: look-ups go on while all changes wait, as for a silent
# synchronous replica.
RESERVED_SHARE = 4

# Enough for all statements of the service, as long as the connection is open.
STATEMENT_CACHE = 512

# A generic query plan reads far more rows than a plan for the requested period.
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_LIMIT = "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'"
_READ = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"


async def open_postgresql(
    address: Address,
    pool_size: int,
    busy_seconds: float,
    statement_seconds: float | None,
    heavy_at_once: int | None,
    statement_cache: int = STATEMENT_CACHE,
) -> "PostgresDatabase":
    """Opens the database at an address, and one connection to check that it answers."""
    # One connection is reserved for work that is not heavy.
    heavy = HeavyTurns(max(min(heavy_at_once, pool_size - 1), 1)) if heavy_at_once else None
    database = PostgresDatabase(address, pool_size, busy_seconds, statement_seconds, heavy, statement_cache)
    try:
        database.give(await database.take())
    except BaseException:
        await database.close()
        raise
    return database


class PostgresDatabase(Database):
    """A pool of at most `pool_size` connections, opened on demand and lent first come, first served."""

    dialect = "postgresql"

    def __init__(
        self,
        address: Address,
        pool_size: int,
        busy_seconds: float,
        statement_seconds: float | None,
        heavy: HeavyTurns | None,
        statement_cache: int,
    ) -> None:
        self._busy_seconds = busy_seconds
        self._limits = {
            # JIT compilation takes longer than these short statements.
            "jit": "off",
            "lock_timeout": str(int(busy_seconds * 1000)),
            "statement_timeout": str(int((statement_seconds or 0) * 1000)),
        }
        self._servers = Servers(
            address,
            busy_seconds,
            command_timeout=statement_seconds + LONGEST_SILENCE if statement_seconds else None,
            statement_cache_size=statement_cache,
            max_cached_statement_lifetime=0,
        )
        # A pooler that lends server connections for a transaction refuses limits at the start of a connection, and
        # without named statements it may send the two halves of a statement to two servers. Then everything is a
        # transaction, which begins with the limits. None: not yet known.
        self._pooled: bool | None = True if statement_cache == 0 else None
        self._most = pool_size
        self._turns = Turns(pool_size, busy_seconds)
        self._changes = Turns(pool_size - pool_size // RESERVED_SHARE, busy_seconds)
        self._returns = Turns(0, busy_seconds)
        self._heavy = heavy
        self._idle: list[Session] = []
        self._lent: set[Session] = set()
        self._connecting = 0
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False
        self._watching = asyncio.create_task(watch(self._servers, self._lent, self._idle))

    def reading(
        self, *, snapshot: bool = False, heavy: bool = False, in_turn: bool = True
    ) -> AbstractAsyncContextManager[Connection]:
        reading: AbstractAsyncContextManager[Connection]
        if snapshot:
            reading = _Transaction(self, _SNAPSHOT)
        else:
            reading = _Transaction(self, _READ) if self._pooled else _Reading(self)
        return self._heavy.within(reading) if heavy and in_turn and self._heavy else reading

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return self._changes.within(_Transaction(self, _WRITE))

    def pools(self) -> Sequence[PoolState]:
        lent, waiting = len(self._lent), sum(turns.waiting for turns in (self._turns, self._returns, self._changes))
        return [PoolState("primary", self._most, len(self._idle) + lent, lent, waiting)]

    async def close(self) -> None:
        # From now on a task that still has a connection, or waits for a new one, returns it to nobody.
        self._closed = True
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        if self._ending:
            await asyncio.wait(self._ending)
        while self._idle:
            await self._idle.pop().close()

    async def take(self) -> Session:
        """A live connection outside any transaction."""
        await self._turns.take()
        try:
            session = await self._own_or_new()
        except BaseException:
            self._end_turn()
            raise
        session.lent_at = monotonic()
        self._lent.add(session)
        return session

    async def _own_or_new(self) -> Session:
        while True:
            while self._idle:
                # The connection used last has the warmest server process.
                session = self._idle.pop()
                if not session.is_closed():
                    return session
            self._connecting += 1
            try:
                return await self._connect()
            except NoRoom:
                if not self._idle and not self._lent and self._connecting == 1:
                    raise
            finally:
                self._connecting -= 1
            # Another task of this process returns its connection sooner than the server has room.
            if not self._idle:
                await self._returns.take()

    def give(self, session: Session) -> None:
        """Return the connection to the pool. Drop it after `close`, or if it is closed or still in a transaction."""
        self._lent.discard(session)
        if session.is_closed():
            # Its server fell silent, ended or became a standby: the idle connections to it are as useless.
            close_all(session.server, self._idle)
        else:
            session.server.heard_at = monotonic()
            if self._closed or session.is_in_transaction():
                session.terminate()
            else:
                self._idle.append(session)
        self._end_turn()

    def _end_turn(self) -> None:
        if self._returns.waiting:
            self._returns.give()
        self._turns.give()

    async def undo(self, session: Session) -> None:
        """Roll back and return the connection, even if the task is cancelled again."""
        task = asyncio.create_task(self._undo(session))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        await asyncio.shield(task)

    async def _undo(self, session: Session) -> None:
        try:
            # This waits until a cancelled statement ends. Without a transaction ROLLBACK only causes a notice.
            await session.execute("ROLLBACK", timeout=self._busy_seconds)
        except DRIVER_ERRORS:
            session.terminate()
        finally:
            self.give(session)

    def begin(self, command: str) -> str:
        """The command that begins a transaction, with the limits if the connection does not have them."""
        if not self._pooled:
            return command
        return "; ".join([command, *(f"SET LOCAL {name} = '{value}'" for name, value in self._limits.items())])

    async def _connect(self) -> Session:
        tracked = {"application_name": "motcua", "timezone": "UTC"}
        if self._pooled:
            return await self._servers.connect(server_settings=tracked)
        try:
            session = await self._servers.connect(server_settings={**tracked, **self._limits})
        except DatabaseUnavailable as error:
            if self._pooled is not None or "unsupported startup parameter" not in str(error):
                raise
            self._pooled = True
            return await self._servers.connect(server_settings=tracked)
        if self._pooled is None:
            # A pooler may be told to ignore the limits.
            try:
                self._pooled = await session.fetchval(_LIMIT) != self._limits["lock_timeout"]
            except DRIVER_ERRORS as error:
                session.terminate()
                raise DatabaseUnavailable(f"PostgreSQL: {error}") from error
        return session


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
        await self._run(self._database.begin(self._begin))
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
