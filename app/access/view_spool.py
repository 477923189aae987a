"""Keeps views of personal data in files while the primary is away, and enters each once when it is back.

A file belongs to one worker, which holds its lock. Files of workers that ended are entered by any other worker. The
lines are encrypted, because a client of the single sign-on is a person.
"""

import asyncio
import fcntl
import json
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import bindparam, func, select, text

from app.background import Rounds, Watch, running
from app.database import Connection, Database, DatabaseUnavailable, Prepared
from app.database.columns import JsonText
from app.database.replicas import ReplicatedDatabase
from app.database.tables import access_log
from app.encryption.errors import KeysUnusable

Row = Mapping[str, Any]

# Seconds between two looks for views to enter, and most views of one transaction.
PAUSE, AT_ONCE = 1.0, 500

_SUFFIX, _PLACE = ".views", "access_log/spool"
_MAY_BE_NULL = ("token_id", "request_id", "unit_id", "dossiers")
_COLUMNS = ("viewed_at", "client", "dossier_id", "kind", *_MAY_BE_NULL)
# Waits for views whose commit was not confirmed, and lets no other begin. Then the rows below are all that are there.
_LOCK = Prepared(text("LOCK TABLE access_log IN SHARE MODE"))
_ENTERED = Prepared(
    select(func.count())
    .select_from(access_log)
    # Equality finds the dossier by its index.
    .where(*(access_log.c[name] == bindparam(name) for name in ("dossier_id", "viewed_at", "client", "kind")))
    .where(*(access_log.c[name].is_not_distinct_from(bindparam(name)) for name in _MAY_BE_NULL))
)


class ViewSpool:
    """The files of one folder, and the one that this worker writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._path = folder
        self._turn = asyncio.Lock()

    async def keep(self, database: Database, rows: Sequence[Row]) -> None:
        """Writes the views to the disk before it returns. Raises DatabaseUnavailable if that is not possible."""
        ring = database.keys.ring
        lines = "".join(f"{ring.encrypt(_line(row), _PLACE)}\n" for row in rows)
        async with self._turn:
            try:
                await asyncio.to_thread(self._append, lines.encode())
            except OSError as error:
                raise DatabaseUnavailable(f"views cannot be kept: {error}") from error

    async def enter(self, database: Database) -> int:
        """Enters the views of all files that no other worker writes; their number."""
        entered = 0
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            async with self._turn:
                # What this worker writes next goes to a new file.
                file = self._release(path) or _adopted(path)
            if file is None:
                continue
            with file:
                entered += await _enter_file(database, file)
                # A crash before this enters the file again: every view is then there already.
                await asyncio.to_thread(self._remove, path)
        return entered

    def close(self) -> None:
        """Leaves the file of this worker to the others."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @asynccontextmanager
    async def running(self, database: ReplicatedDatabase, watch: Watch | None = None) -> AsyncIterator[None]:
        """Enters views while the block runs."""
        lost = "views of personal data wait in files"
        async with running(self._enter_in_rounds(database, Rounds("views", lost, watch)), lost):
            try:
                yield
            finally:
                self.close()

    async def _enter_in_rounds(self, database: ReplicatedDatabase, rounds: Rounds) -> None:
        while True:
            if database.writable and any(self._folder.glob(f"*{_SUFFIX}")):
                await rounds.attempt(self.enter(database), (DatabaseUnavailable, KeysUnusable))
            await asyncio.sleep(PAUSE)

    def _append(self, lines: bytes) -> None:
        if self._file is None:
            self._path = self._folder / f"{secrets.token_hex(8)}{_SUFFIX}"
            self._file = _locked(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            _sync(self._folder)
        self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            # Half a line may be there. What comes next begins a new file, and this one is entered up to that line.
            self.close()
            raise

    def _remove(self, path: Path) -> None:
        path.unlink()
        _sync(self._folder)

    def _release(self, path: Path) -> BinaryIO | None:
        if self._file is None or path != self._path:
            return None
        file, self._file = self._file, None
        return file


def _locked(descriptor: int) -> BinaryIO:
    file = os.fdopen(descriptor, "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def _adopted(path: Path) -> BinaryIO | None:
    """The file of a worker that ended, locked; None if its worker lives or another worker was faster."""
    try:
        file = _locked(os.open(path, os.O_RDWR))
    except (BlockingIOError, FileNotFoundError):
        return None
    if os.fstat(file.fileno()).st_nlink == 0:
        file.close()
        return None
    return file


async def _enter_file(database: Database, file: BinaryIO) -> int:
    lines = await asyncio.to_thread(_lines, file)
    ring = database.keys.ring
    rows = [_row(ring.decrypt(line[:-1].decode(), _PLACE)) for line in lines]
    # Equal views are counted together, so they stay in one transaction.
    counts = Counter(tuple(row[name] for name in _COLUMNS) for row in rows)
    distinct = list(counts.items())
    for start in range(0, len(distinct), AT_ONCE):
        async with database.writing() as connection:
            await connection.run(_LOCK)
            for values, times in distinct[start : start + AT_ONCE]:
                await _enter(connection, dict(zip(_COLUMNS, values, strict=True)), times)
    return len(rows)


def _lines(file: BinaryIO) -> list[bytes]:
    """The whole lines. One without an end was not yet on the disk for certain, so its view was not answered."""
    file.seek(0)
    return [line for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]


async def _enter(connection: Connection, row: Row, times: int) -> None:
    """Inserts the view as often as it was kept and is not in the log yet."""
    missing = times - (await connection.scalar(_ENTERED, **row) or 0)
    await connection.insert_many(access_log, [row] * missing)


def _line(row: Row) -> str:
    return json.dumps({**row, "viewed_at": row["viewed_at"].timestamp()})


def _row(line: str) -> Row:
    row = {**dict.fromkeys(_MAY_BE_NULL), **json.loads(line)}
    dossiers = None if row["dossiers"] is None else JsonText(row["dossiers"])
    return {**row, "dossiers": dossiers, "viewed_at": datetime.fromtimestamp(row["viewed_at"], UTC)}


def _sync(folder: Path) -> None:
    """Makes the names of its files durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
