"""A Parquet copy of a register's dossiers, and DuckDB over it."""

import asyncio
import csv
import sqlite3
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
from sqlalchemy import make_url

from benchmarks.contenders import Counts, Ways, counts

_TYPES = {
    "id": "BIGINT",
    "procedure_id": "INTEGER",
    "channel": "VARCHAR",
    "receiving_unit_id": "INTEGER",
    "responsible_unit_id": "INTEGER",
    "status": "VARCHAR",
    "open": "BOOLEAN",
    "received_date": "DATE",
    "due_date": "DATE",
    "finished_date": "DATE",
    "verdict": "VARCHAR",
    "last_occurred_at": "BIGINT",
}
# Booleans and instants in the form of SQLite.
_ON_POSTGRESQL = {"open": "open::integer", "last_occurred_at": "extract(epoch FROM last_occurred_at)::bigint"}


def write(url: str, file: Path) -> None:
    """Write the columns that figures need to a Parquet file, and the units to another one beside it."""
    dossiers, units = file.with_suffix(".dossiers.csv"), file.with_suffix(".units.csv")
    if make_url(url).get_backend_name() == "sqlite":
        _from_sqlite(str(make_url(url).database), dossiers, units)
    else:
        asyncio.run(_from_postgresql(url, dossiers, units))
    with duckdb.connect() as connection:
        for source, types, target in (
            (dossiers, _TYPES, file),
            (units, {"id": "INTEGER", "kind": "VARCHAR"}, units_beside(file)),
        ):
            rows = f"read_csv('{source}', header = false, columns = {types})"
            connection.execute(f"COPY (SELECT * FROM {rows}) TO '{target}' (FORMAT parquet)")
    dossiers.unlink()
    units.unlink()


def units_beside(file: Path) -> Path:
    """The file of the units beside a Parquet copy."""
    return file.with_suffix(".units.parquet")


def _from_sqlite(path: str, dossiers: Path, units: Path) -> None:
    connection = sqlite3.connect(path)
    for file, statement in (
        (dossiers, f"SELECT {', '.join(_TYPES)} FROM dossiers ORDER BY id"),
        (units, "SELECT id, kind FROM units"),
    ):
        with file.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows(connection.execute(statement))
    connection.close()


async def _from_postgresql(url: str, dossiers: Path, units: Path) -> None:
    columns = ", ".join(_ON_POSTGRESQL.get(name, name) for name in _TYPES)
    connection = await asyncpg.connect(url)
    try:
        statement = f"SELECT {columns} FROM dossiers ORDER BY id"
        await connection.copy_from_query(statement, output=dossiers, format="csv")
        await connection.copy_from_query("SELECT id, kind FROM units", output=units, format="csv")
    finally:
        await connection.close()


class OnDuckdb(Ways):
    """DuckDB in this process, with all processors and cached metadata of the file."""

    def __init__(self, file: Path, first: date, last: date) -> None:
        super().__init__(first, last)
        self._connection = duckdb.connect()
        self._connection.execute("SET parquet_metadata_cache = true")
        self._statement = self.one_pass(f"read_parquet('{file}') d", f"read_parquet('{units_beside(file)}')")

    def all(self, statement: str) -> Sequence[Sequence[Any]]:
        return self._connection.execute(statement).fetchall()

    def instant(self, seconds: int) -> str:
        return str(seconds)

    def ask(self, way: str) -> Counts:  # noqa: ARG002
        return counts(self.all(self._statement))

    def close(self) -> None:
        self._connection.close()
