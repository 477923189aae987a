"""What the service sees of either database: connections that run statements, and databases that lend them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import Table

from app.database.errors import NoRow
from app.database.plan import Plan, Row, Statement, insert_plan, plan_for
from app.encryption.key_files import Keys
from app.encryption.key_ring import KeyRing


class Connection(ABC):
    """One open transaction, or a reading without one; it ends with the block that opened it, and serves one task.

    Statements take their `bindparam()`s by keyword. They raise IntegrityFailed, ValueOutOfRange, DatabaseUnavailable
    and TypeError for wrong parameters. After a statement failed in the database, its transaction can only be undone.
    """

    dialect: str

    __slots__ = ("_keys",)

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @property
    def ring(self) -> KeyRing:
        """Seals and opens what is kept sealed; raises KeysUnusable or OSError where the keys are not to be had."""
        return self._keys.ring

    async def all(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        """The statement's rows, in its order."""
        return await self._fetch_all(plan_for(statement, self.dialect), parameters)

    async def first(self, statement: Statement, /, **parameters: Any) -> Row | None:
        """The statement's first row, None if it has none."""
        return await self._fetch_first(plan_for(statement, self.dialect), parameters)

    async def one(self, statement: Statement, /, **parameters: Any) -> Row:
        """The statement's first row. Raises NoRow if it has none."""
        row = await self._fetch_first(plan_for(statement, self.dialect), parameters)
        if row is None:
            raise NoRow("the statement gave no row")
        return row

    async def scalar(self, statement: Statement, /, **parameters: Any) -> Any:
        """The first column of the statement's first row, None if it has none."""
        row = await self._fetch_first(plan_for(statement, self.dialect), parameters)
        return None if row is None else row[0]

    async def run(self, statement: Statement, /, **parameters: Any) -> int:
        """Run a statement that changes rows; how many it changed."""
        return await self._run(plan_for(statement, self.dialect), parameters)

    async def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that changes rows once for each of `rows`, its parameters."""
        if rows:
            await self._run_many(plan_for(statement, self.dialect), rows)

    async def insert(self, table: Table, row: Mapping[str, Any]) -> int | None:
        """Insert one row; the key that the database gave it, None where the row or the table has no such key."""
        key = table.autoincrement_column
        if key is None or key.key in row:
            await self._run(insert_plan(table, tuple(row), self.dialect), row)
            return None
        return await self._insert_keyed(table, row, key.key)

    async def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert `rows`, which all have the columns of the first."""
        if rows:
            await self._run_many(insert_plan(table, tuple(rows[0]), self.dialect), rows)

    async def insert_together(self, rows: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
        """Insert rows of several tables in the order given, in as few round trips as the database allows."""
        for table, row in rows:
            await self._run(insert_plan(table, tuple(row), self.dialect), row)

    async def insert_by_end(self, rows: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
        """Insert rows by the end of the transaction: in the round trip of others, where the database allows it.

        Later statements see them. What the database refuses of them may be raised as late as where the block ends.
        """
        await self.insert_together(rows)

    async def flush(self) -> None:  # noqa: B027
        """Insert now what `insert_by_end` holds back."""

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


class Database(ABC):
    """A database of one event loop and the connections to it."""

    dialect: str
    keys: Keys

    @abstractmethod
    def reading(
        self, *, snapshot: bool = False, heavy: bool = False, in_turn: bool = True
    ) -> AbstractAsyncContextManager[Connection]:
        """A connection that only reads.

        With `snapshot` all its statements see one state of the database; on SQLite they always do. `heavy` says that
        the statements take long: on SQLite they then run beside the event loop instead of within it, and on both they
        wait for their turn among the heavy ones, unless `in_turn` is False. Raises TooBusy and DatabaseUnavailable.
        """

    @abstractmethod
    def writing(self) -> AbstractAsyncContextManager[Connection]:
        """A connection with an open transaction: committed where the block ends, undone where it raises.

        Raises DatabaseUnavailable where it cannot begin in time, and IntegrityFailed where a deferred constraint
        refuses the commit.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close all connections; nothing may be using one."""
