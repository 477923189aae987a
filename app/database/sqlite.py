"""SQLite in a file: many readers and one writer, which takes turns with the writers of other processes."""

import asyncio
import os
import random
import sqlite3
from contextlib import AbstractAsyncContextManager
from math import inf
from pathlib import Path
from time import monotonic, perf_counter
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import make_url

from app.database.connection import Connection, Database
from app.database.errors import DatabaseUnavailable
from app.database.fair_queue import HeavyTurns, Turns
from app.database.private_files import create_private
from app.database.sqlite_connection import HeavySqliteConnection, SqliteConnection, TimedReader, run_in_thread
from app.database.sqlite_errors import is_among, translate

D = TypeVar("D", bound=sqlite3.Connection)

# FULL: a commit waits for the disk, so that no answered receipt is lost with the power. NORMAL does not wait.
SYNCHRONOUS = "FULL"
# If commits take longer than this on average (seconds), they run in a thread.
SLOW_COMMIT = 0.001
# Most idle readers that stay open.
IDLE_READERS = 16
# Steps of the SQLite virtual machine (some milliseconds) between two checks of the read timeout.
STEPS_BETWEEN_LOOKS = 100_000
# Waits between two attempts to get the write lock, in seconds. A busy process releases it only for short times, so long
# waits miss it: beside one, 8 ms led to waits of up to two seconds, 1 ms to a seventh of a second.
FIRST_WAIT, LONGEST_WAIT = 0.0002, 0.001


def open_sqlite(
    url: str, busy_seconds: float, reading_seconds: float | None, heavy_at_once: int | None
) -> "SqliteDatabase":
    """Opens the database file of an `sqlite:///` URL, and creates it if it does not exist."""
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("SQLite needs a file, because connections do not share a database in memory")
    heavy = HeavyTurns(heavy_at_once) if heavy_at_once else None
    return SqliteDatabase(path, busy_seconds, reading_seconds or inf, heavy)


class SqliteDatabase(Database):
    """One file with any number of readers, and one writer in this process."""

    dialect = "sqlite"

    def __init__(
        self, path: str, busy_seconds: float, reading_seconds: float = inf, heavy: HeavyTurns | None = None
    ) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._reading_seconds = reading_seconds
        self._heavy = heavy
        self._turns = Turns(1, busy_seconds)
        self._commit_seconds = 0.0
        self._readers: list[TimedReader] = []
        create_private(Path(path))
        self._writer = self._open_writer()
        self._identity = self._identify()

    def reading(
        self,
        *,
        snapshot: bool = False,  # noqa: ARG002
        heavy: bool = False,
        in_turn: bool = True,
    ) -> AbstractAsyncContextManager[Connection]:
        if not heavy:
            return _Reading(self, SqliteConnection)
        reading = _Reading(self, HeavySqliteConnection)
        return self._heavy.within(reading) if in_turn and self._heavy else reading

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return _Writing(self)

    async def empty_log(self) -> bool:
        deadline = monotonic() + self._busy_seconds
        await self._turns.take()
        try:
            while self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if monotonic() > deadline:
                    return False
                await asyncio.sleep(LONGEST_WAIT)
            return True
        finally:
            self._turns.give()

    async def close(self) -> None:
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        # The last connection that closes moves the write-ahead log into the file.
        self._writer.close()

    def take_reader(self) -> TimedReader:
        """A reader with an open transaction. It sees one state of the database from its first statement on."""
        self._require_same_file()
        try:
            reader = self._readers.pop() if self._readers else self._open_reader()
            reader.ends_at = monotonic() + self._reading_seconds
            reader.execute("BEGIN")
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"SQLite: {error}") from error
        return reader

    def give_reader(self, reader: TimedReader) -> None:
        """End the reader's transaction, and keep the reader for the next one."""
        reader.ends_at = inf
        try:
            reader.execute("COMMIT")
        except sqlite3.Error:
            reader.close()
            return
        if len(self._readers) < IDLE_READERS:
            self._readers.append(reader)
        else:
            reader.close()

    async def take_writer(self) -> sqlite3.Connection:
        """The writer, with an open transaction that has the write lock of the file."""
        await self._turns.take()
        try:
            self._require_same_file()
            await self._begin()
        except BaseException:
            self._turns.give()
            raise
        return self._writer

    def give_writer(self) -> None:
        """Roll back an open transaction, and let the next task write."""
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        finally:
            self._turns.give()

    async def commit(self) -> None:
        """Commit the writer's transaction, even if the task is cancelled at the same time."""
        try:
            if self._commit_seconds < SLOW_COMMIT:
                self._commit_now()
            else:
                await run_in_thread(self._commit_now)
        except sqlite3.Error as error:
            raise translate(error) or error from error

    def _commit_now(self) -> None:
        start = perf_counter()
        self._writer.execute("COMMIT")
        self._commit_seconds += (perf_counter() - start - self._commit_seconds) / 16

    async def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._busy_seconds
        wait = FIRST_WAIT
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                if loop.time() > deadline or not is_among(error, {sqlite3.SQLITE_BUSY}):
                    raise translate(error) or DatabaseUnavailable(f"SQLite: {error}") from error
            else:
                return
            # A random wait keeps two processes from colliding again and again.
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
            wait = min(2 * wait, LONGEST_WAIT)

    def _require_same_file(self) -> None:
        # SQLite continues with a file that was removed or replaced, so committed changes would be lost. The old file
        # cannot be closed either, because that would remove the log of the new file.
        if self._identify() != self._identity:
            raise DatabaseUnavailable(f"SQLite: {self._path} was replaced since it was opened; restart the service")

    def _identify(self) -> tuple[int, int]:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - a Path costs more than the call
        except OSError as error:
            raise DatabaseUnavailable(f"SQLite, {self._path}: {error.strerror}") from error
        return status.st_dev, status.st_ino

    def _open_reader(self) -> TimedReader:
        reader = self._open(TimedReader, "PRAGMA query_only = ON", mode="rw")
        reader.set_progress_handler(reader.is_over_time, STEPS_BETWEEN_LOOKS)
        return reader

    def _open_writer(self) -> sqlite3.Connection:
        try:
            # The file may be locked while another process opens it for the first time. Later waits are those of _begin.
            settings = ("PRAGMA journal_mode = WAL", f"PRAGMA synchronous = {SYNCHRONOUS}", "PRAGMA busy_timeout = 0")
            return self._open(sqlite3.Connection, *settings)
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"SQLite, {self._path}: {error}") from error

    def _open(self, kind: type[D], *settings: str, mode: str = "rwc") -> D:
        driver = sqlite3.connect(
            f"file:{quote(self._path)}?mode={mode}",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,  # the driver begins no transactions itself
            check_same_thread=False,
            cached_statements=512,
            factory=kind,
        )
        try:
            for setting in ("PRAGMA foreign_keys = ON", "PRAGMA temp_store = MEMORY", *settings):
                driver.execute(setting).fetchall()
        except BaseException:
            driver.close()
            raise
        return driver


class _Reading(AbstractAsyncContextManager[Connection]):
    __slots__ = ("_connection", "_database", "_kind", "_reader")

    def __init__(self, database: SqliteDatabase, kind: type[SqliteConnection]) -> None:
        self._database = database
        self._kind = kind

    async def __aenter__(self) -> Connection:
        self._reader = self._database.take_reader()
        self._connection = self._kind(self._reader, self._database.keys)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.detach()
        self._database.give_reader(self._reader)


class _Writing(AbstractAsyncContextManager[Connection]):
    __slots__ = ("_connection", "_database")

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def __aenter__(self) -> Connection:
        self._connection = SqliteConnection(await self._database.take_writer(), self._database.keys)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.detach()
        try:
            if kind is None and self._connection.failed:
                raise RuntimeError("a statement failed and its error was ignored: the transaction is rolled back")
            if kind is None:
                await self._database.commit()
        finally:
            self._database.give_writer()
