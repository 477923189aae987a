"""Steps of a migration beside the service: each can be killed and repeated, and none keeps a lock that others need.

On SQLite they run in the one transaction of the migration.
"""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from app.database.short_locks import in_short_transaction, repeated

# Rows of one transaction of a backfill. A change of one of them waits for that transaction.
_BATCH = 500
_LONGEST_PAUSE = 1.0
_POSITION = text("SELECT position FROM backfill_positions WHERE revision = :revision AND name = :name")
_ADVANCE = text(
    "INSERT INTO backfill_positions (revision, name, position) VALUES (:revision, :name, :position) "
    "ON CONFLICT (revision, name) DO UPDATE SET position = excluded.position"
)
_INVALID = text(
    "SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "WHERE c.relname = :name AND NOT i.indisvalid AND pg_table_is_visible(c.oid)"
)


# Changes the rows of one batch: a connection, the last key of the batch before, and the last key of this batch.
Change = Callable[[Connection, int, int], object]


class Online:
    """What the function `online` of a migration may do. It runs before the transaction of `upgrade`."""

    def __init__(self, connection: Connection, revision: str) -> None:
        self._connection = connection
        self._revision = revision
        self.dialect = connection.dialect.name

    def execute(self, sql: str) -> None:
        """Runs a statement that needs a strong lock only for a moment, and that may be repeated."""
        if self.dialect == "sqlite":
            self._connection.exec_driver_sql(sql)
        else:
            in_short_transaction(self._connection.engine, lambda connection: connection.exec_driver_sql(sql))

    def scalar(self, sql: str) -> Any:
        """The first value of a query."""
        return self._connection.exec_driver_sql(sql).scalar()

    def create_index(self, name: str, of: str, *, unique: bool = False) -> None:
        """Creates an index without stopping writers. `of`: table and columns, as `dossiers (received_date)`."""
        kind = "UNIQUE INDEX" if unique else "INDEX"
        if self.dialect == "sqlite":
            self._connection.exec_driver_sql(f"CREATE {kind} IF NOT EXISTS {name} ON {of}")
            return
        repeated(lambda: self._create_index(kind, name, of))

    def validate(self, table: str, constraint: str) -> None:
        """Checks all rows for a constraint that was added as NOT VALID. Writers go on."""
        if self.dialect == "postgresql":
            self._alone(f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")

    def backfill(self, table: str, change: Change, *, name: str = "", key: str = "id") -> None:
        """Runs `change` over the whole table in batches, and keeps its position for a new start.

        It is called with a connection, and works on the rows with after < key <= upto. A repeated batch must change
        nothing more, because an older process may write the same rows in between.
        """
        values = {"revision": self._revision, "name": name or table}
        began = time.monotonic()
        while self._in_transaction(lambda connection: _batch(connection, table, key, change, values)):
            if self.dialect == "postgresql":
                # Half of the time belongs to the service.
                time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))
            began = time.monotonic()

    def _create_index(self, kind: str, name: str, of: str) -> None:
        # A killed CREATE INDEX CONCURRENTLY leaves an index that is not valid and never will be.
        if self._connection.scalar(_INVALID, {"name": name}):
            self._alone(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        self._alone(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {of}")

    def _alone(self, sql: str) -> None:
        # Outside a transaction. Its locks conflict with no reader and no writer, so it may wait long.
        self._connection.exec_driver_sql("SET lock_timeout = '60s'")
        self._connection.exec_driver_sql("SET statement_timeout = 0")
        self._connection.exec_driver_sql(sql)

    def _in_transaction(self, work: Callable[[Connection], bool]) -> bool:
        if self.dialect == "sqlite":
            return work(self._connection)
        return in_short_transaction(self._connection.engine, work)


def _batch(connection: Connection, table: str, key: str, change: Change, values: dict[str, str]) -> bool:
    """Changes the rows of the next batch and stores its last key. False: there are no more rows."""
    after: int | None = connection.scalar(_POSITION, values)
    above = "" if after is None else f"WHERE {key} > {after}"
    rows = f"SELECT {key} FROM {table} {above} ORDER BY {key} LIMIT {_BATCH}"  # noqa: S608 - text of a migration
    bounds = text(f"SELECT min({key}), max({key}) FROM ({rows}) AS batch")  # noqa: S608
    first, upto = connection.execute(bounds).one()
    if upto is None:
        return False
    change(connection, first - 1, upto)
    connection.execute(_ADVANCE, {**values, "position": upto})
    return True
