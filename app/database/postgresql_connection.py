"""Statements on PostgreSQL, directly on asyncpg, which prepares each once per connection."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from time import monotonic
from typing import Any, NoReturn

from sqlalchemy import Table

from app.database.connection import Connection
from app.database.plan import Plan, Row, insert_plan, row_builder
from app.database.postgresql_errors import DRIVER_ERRORS, must_close, translate
from app.database.postgresql_servers import Session
from app.encryption.key_files import Keys

# Fewest rows for which COPY is faster than an insert, in spite of its two round trips.
FEWEST_COPIED = 32


class PostgresConnection(Connection):
    """Runs its statements in sequence. `failed`: the database refused one of them.

    Rows of `insert_by_end` are delayed until the next statement, or the end.
    """

    dialect = "postgresql"

    __slots__ = ("_asked", "_delayed", "_driver", "failed")

    def __init__(self, driver: Session, keys: Keys) -> None:
        super().__init__(keys)
        self._driver = driver
        self._delayed: list[tuple[Table, Mapping[str, Any]]] = []
        self._asked = False
        self.failed = False

    def detach(self) -> None:
        """Make any later use an error, because the driver's connection is lent to other tasks."""
        del self._driver

    async def insert_together(self, rows: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
        """Insert rows of several tables as one statement. References among them are checked at its end."""
        if self._delayed:
            rows = [*self._delayed, *rows]
            self._delayed = []
        if not rows:
            return
        plans = tuple(insert_plan(table, tuple(row), "postgresql") for table, row in rows)
        arguments = [value for plan, (_, row) in zip(plans, rows, strict=True) for value in plan.bind(row)[1]]
        try:
            await self._driver.execute(_join(plans), *arguments)
        except DRIVER_ERRORS as error:
            self._fail(error)

    async def insert_by_end(self, rows: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
        """Delay rows, so that they share a round trip with other rows."""
        self._delayed += rows

    async def flush(self) -> None:
        """Insert the delayed rows."""
        if self._asked:
            # The statement before had an answer.
            self._driver.server.heard_at = monotonic()
        self._asked = True
        if self._delayed:
            await self.insert_together(())

    async def _fetch_all(self, plan: Plan, parameters: Mapping[str, Any]) -> list[Row]:
        await self.flush()
        sql, arguments = plan.bind(parameters)
        try:
            records = await self._driver.fetch(sql, *arguments)
        except DRIVER_ERRORS as error:
            self._fail(error)
        if not records:
            return []
        build = plan.build or row_builder(list(records[0].keys()))
        return [build(record) for record in records]

    async def _fetch_first(self, plan: Plan, parameters: Mapping[str, Any]) -> Row | None:
        await self.flush()
        sql, arguments = plan.bind(parameters)
        try:
            record = await self._driver.fetchrow(sql, *arguments)
        except DRIVER_ERRORS as error:
            self._fail(error)
        if record is None:
            return None
        build = plan.build or row_builder(list(record.keys()))
        return build(record)

    async def _run(self, plan: Plan, parameters: Mapping[str, Any]) -> int:
        await self.flush()
        sql, arguments = plan.bind(parameters)
        try:
            status = await self._driver.execute(sql, *arguments)
        except DRIVER_ERRORS as error:
            self._fail(error)
        # The status is like "UPDATE 3", "INSERT 0 1" or "CREATE TABLE".
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def _run_many(self, plan: Plan, rows: Sequence[Mapping[str, Any]]) -> None:
        await self.flush()
        arguments = plan.bind_many(rows)
        try:
            if plan.table is not None and plan.columns and len(rows) >= FEWEST_COPIED:
                await self._driver.copy_records_to_table(
                    plan.table.name, schema_name=plan.table.schema, columns=plan.columns, records=arguments
                )
            else:
                await self._driver.executemany(plan.sql, arguments)
        except DRIVER_ERRORS as error:
            self._fail(error)

    async def _insert_keyed(self, table: Table, row: Mapping[str, Any], key: str) -> int | None:
        inserted = await self._fetch_first(insert_plan(table, tuple(row), "postgresql", key), row)
        return None if inserted is None else inserted[0]

    def _fail(self, error: Exception) -> NoReturn:
        self.failed = True
        if must_close(error, self._driver):
            # Without an answer the server did not even confirm the statement timeout, so it may be gone.
            self._driver.terminate()
        service_error = translate(error, closed=self._driver.is_closed())
        if service_error is None:
            raise error
        raise service_error from error


@lru_cache(maxsize=256)
def _join(plans: tuple[Plan, ...]) -> str:
    """Several inserts as one statement, with their arguments concatenated."""
    parts, offset = [], 0
    for number, plan in enumerate(plans):
        renumbered = re.sub(r"\$(\d+)", lambda match, by=offset: f"${int(match[1]) + by}", plan.sql)  # type: ignore[misc]
        parts.append(f"i{number} AS ({renumbered})")
        offset += len(set(re.findall(r"\$\d+", plan.sql)))
    return f"WITH {', '.join(parts)} SELECT 1"  # only statements compiled by SQLAlchemy, without values
