"""The common interface of both databases: connections run statements, and databases lend connections."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from app.database.errors import NoRow
from app.database.plan import Plan, Row, Statement, insert_plan, plan_for
from app.encryption.key_files import Keys
from app.encryption.key_ring import KeyRing


class Connection(ABC):
    """One open transaction, or a reading without one, for one task. It ends with the block that opened it.

    Statements take their `bindparam()`s by keyword. They raise IntegrityFailed, ValueOutOfRange and
    DatabaseUnavailable, and TypeError for wrong parameters. After a failed statement the transaction is rolled back.
    """

    dialect: str

    __slots__ = ("_keys",)

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def ring(self) -> KeyRing:
        """Encrypts and decrypts personal data. Raises KeysUnusable or OSError if the keys cannot be read."""
        return self._keys.ring

    async def all(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        """All rows of the statement, in its order."""
        return await self._fetch_all(plan_for(statement, self.dialect), parameters)

    async def first(self, statement: Statement, /, **parameters: Any) -> Row | None:
        """The first row of the statement, or None."""
        return await self._fetch_first(plan_for(statement, self.dialect), parameters)

    async def one(self, statement: Statement, /, **parameters: Any) -> Row:
        """The first row of the statement. Raises NoRow if there is none."""
        row = await self._fetch_first(plan_for(statement, self.dialect), parameters)
        if row is None:
            raise NoRow("the statement returned no row")
        return row

    async def scalar(self, statement: Statement, /, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = await self._fetch_first(plan_for(statement, self.dialect), parameters)
        return None if row is None else row[0]

    async def run(self, statement: Statement, /, **parameters: Any) -> int:
        """Run a statement that changes rows, and return the number of changed rows."""
        return await self._run(plan_for(statement, self.dialect), parameters)

    async def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that changes rows once for each of `rows` (its parameters)."""
        if rows:
            await self._run_many(plan_for(statement, self.dialect), rows)

    async def insert(self, table: Table, row: Mapping[str, Any]) -> int | None:
        """Insert one row. Returns its generated key, or None if the row has a key or the table generates none."""
        key = table.autoincrement_column
        if key is None or key.key in row:
            await self._run(insert_plan(table, tuple(row), self.dialect), row)
            return None
        return await self._insert_keyed(table, row, key.key)

    async def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert `rows`. All have the columns of the first."""
        if rows:
            await self._run_many(insert_plan(table, tuple(rows[0]), self.dialect), rows)

    async def insert_together(self, rows: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
        """Insert rows of several tables in the order given, in as few round trips as the database allows."""
        for table, row in rows:
            await self._run(insert_plan(table, tuple(row), self.dialect), row)

    async def insert_by_end(self, rows: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
        """Insert rows before the transaction ends, on PostgreSQL in a round trip shared with other rows.

        Later statements see these rows. Their errors may be raised only when the block ends.
        """
        await self.insert_together(rows)

    async def flush(self) -> None:  # noqa: B027
        """Insert the rows that `insert_by_end` delays."""

    @abstractmethod
    async def _fetch_all(self, plan: Plan, parameters: Mapping[str, Any]) -> list[Row]: ...

    @abstractmethod
    async def _fetch_first(self, plan: Plan, parameters: Mapping[str, Any]) -> Row | None: ...

    @abstractmethod
    async def _run(self, plan: Plan, parameters: Mapping[str, Any]) -> int: ...

    @abstractmethod
    async def _run_many(self, plan: Plan, rows: Sequence[Mapping[str, Any]]) -> None: ...

    @abstractmethod
    async def _insert_keyed(self, table: Table, row: Mapping[str, Any], key: str) -> int | None: ...


@dataclass(frozen=True, slots=True)
class PoolState:
    """The connections of one pool now: most, open, lent to tasks, and tasks that wait for one.

    `up`, `standby` and `age` (seconds) describe its server, as far as it is watched.
    """

    name: str
    most: int
    open: int
    lent: int
    waiting: int
    up: bool = True
    standby: bool = False
    age: float = 0.0


class Database(ABC):
    """A database of one event loop and the connections to it."""

    dialect: str
    url: str
    keys: Keys

    @abstractmethod
    def reading(
        self, *, snapshot: bool = False, heavy: bool = False, in_turn: bool = True
    ) -> AbstractAsyncContextManager[Connection]:
        """A read-only connection.

        With `snapshot` all its statements see one state of the database; on SQLite they always do. `heavy` is for long
        statements. On SQLite they run in a thread instead of the event loop. On both databases they wait for a turn
        among heavy readings, unless `in_turn` is False. Raises TooBusy and DatabaseUnavailable.
        """

    @abstractmethod
    def writing(self) -> AbstractAsyncContextManager[Connection]:
        """A connection with an open transaction, committed when the block ends and rolled back if it raises.

        Raises DatabaseUnavailable if it cannot begin in time, and IntegrityFailed if a deferred constraint refuses the
        commit.
        """

    def pools(self) -> Sequence[PoolState]:
        """The pools of connections to servers; none on SQLite."""
        return ()

    async def empty_log(self) -> bool:
        """Moves the write-ahead log of SQLite into the file, so that it keeps nothing that was deleted.

        False if another process has been reading for too long. PostgreSQL manages its log itself.
        """
        return True

    @abstractmethod
    async def close(self) -> None:
        """Close all connections. None may be in use."""
