"""Other ways to the same figures: GROUP BY over the table of dossiers, covering indexes for it, DuckDB over Parquet.

The figures are on-time by commune: received, finished by verdict, and open at the end. The rows of dossiers have only
their present state. That gives the same figures here, because no simulated dossier changes its responsible unit.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg
from sqlalchemy import make_url

from app.domain.localtime import at_minute

# By unit: received, early, on_time, late, open. Units with zeros only are left out.
Counts = dict[int, tuple[int, ...]]

_INDEXES = {
    "one_pass": "responsible_unit_id, received_date, finished_date, verdict, open, last_occurred_at",
    "received": "received_date, responsible_unit_id",
    "finished": "finished_date, responsible_unit_id, verdict, received_date, open, last_occurred_at",
}
GROUP_BY, ONE_INDEX, TWO_INDEXES, DUCKDB = "GROUP BY", "covering index", "two covering indexes", "DuckDB"
_INDEXED = {ONE_INDEX: ("one_pass",), TWO_INDEXES: ("received", "finished")}


class Ways(ABC):
    """The ways within one database, for the local dates [first, last]."""

    def __init__(self, first: date, last: date) -> None:
        ended = at_minute(last + timedelta(days=1), 0)
        self._a, self._b = f"'{first}'", f"'{last}'"
        self._end = self.instant(int(ended.timestamp()))

    @abstractmethod
    def all(self, statement: str) -> Sequence[Sequence[Any]]:
        """The statement's rows."""

    def by_index(self, index: str) -> str:  # noqa: ARG002
        """The table of dossiers, with a hint for the index if the database needs one."""
        return "dossiers d"

    @abstractmethod
    def instant(self, seconds: int) -> str:
        """An instant as the database writes it."""

    def ready(self, way: str) -> None:
        """Create the indexes of a way."""
        for name in _INDEXED.get(way, ()):
            self.all(f"CREATE INDEX bench_{name} ON dossiers ({_INDEXES[name]})")

    def unready(self) -> None:
        """Drop all indexes of this module, also those of an interrupted run."""
        for name in _INDEXES:
            self.all(f"DROP INDEX IF EXISTS bench_{name}")

    def ask(self, way: str) -> Counts:
        """The figures, counted this way."""
        return self._in_parts() if way == TWO_INDEXES else counts(self.all(self.one_pass("dossiers d", "units")))

    def one_pass(self, dossiers: str, units: str) -> str:
        """One statement over all dossiers in question."""
        a, b = self._a, self._b
        finished = ", ".join(
            f"count(*) FILTER (WHERE d.finished_date BETWEEN {a} AND {b} AND d.verdict = '{verdict}')"
            for verdict in ("early", "on_time", "late")
        )
        return (
            f"SELECT d.responsible_unit_id, count(*) FILTER (WHERE d.received_date BETWEEN {a} AND {b}), {finished}, "
            f"count(*) FILTER (WHERE {self._still_open()}) "
            f"FROM {dossiers} JOIN {units} u ON u.id = d.responsible_unit_id AND u.kind = 'commune' "
            f"WHERE d.received_date <= {b} AND (d.finished_date IS NULL OR d.finished_date >= {a}) GROUP BY 1"
        )

    def _still_open(self) -> str:
        unended = f"d.finished_date IS NULL AND (d.open OR d.last_occurred_at >= {self._end})"
        return f"d.received_date <= {self._b} AND (d.finished_date > {self._b} OR {unended})"

    def _in_parts(self) -> Counts:
        """Four statements, each over the range of an index that it needs."""
        a, b = self._a, self._b
        communes = "JOIN units u ON u.id = d.responsible_unit_id AND u.kind = 'commune'"
        numbers: dict[int, list[int]] = {}
        later = f"d.finished_date > {b} AND d.received_date <= {b}"
        ended = f"d.finished_date IS NULL AND {self._still_open()}"
        for position, condition in enumerate(
            (f"d.received_date BETWEEN {a} AND {b}", f"d.finished_date BETWEEN {a} AND {b}", later, ended)
        ):
            verdict = "d.verdict" if position == 1 else "''"
            source = f"{self.by_index('finished' if position else 'received')} {communes}"
            for unit, name, count in self.all(
                f"SELECT d.responsible_unit_id, {verdict}, count(*) FROM {source} WHERE {condition} GROUP BY 1, 2"
            ):
                column = {"early": 1, "on_time": 2, "late": 3}.get(name, 0 if position == 0 else 4)
                numbers.setdefault(unit, [0] * 5)[column] += count
        return counts((unit, *row) for unit, row in numbers.items())

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""


def counts(rows: Iterable[Sequence[Any]]) -> Counts:
    """Rows (a unit and five numbers) in the form for comparison."""
    return {row[0]: tuple(row[1:]) for row in rows if any(row[1:])}


class OnSqlite(Ways):
    """Directly on the driver, with the settings of the service."""

    def __init__(self, url: str, first: date, last: date) -> None:
        super().__init__(first, last)
        self._connection = sqlite3.connect(str(make_url(url).database), isolation_level=None, timeout=60)
        self._connection.execute("PRAGMA temp_store = MEMORY")

    def all(self, statement: str) -> Sequence[Sequence[Any]]:
        return self._connection.execute(statement).fetchall()

    def by_index(self, index: str) -> str:
        return f"dossiers d INDEXED BY bench_{index}"

    def instant(self, seconds: int) -> str:
        return str(seconds)

    def close(self) -> None:
        self._connection.close()


class OnPostgresql(Ways):
    """Directly on the driver; statements are prepared once."""

    def __init__(self, url: str, first: date, last: date) -> None:
        super().__init__(first, last)
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(url))

    def all(self, statement: str) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = self._loop.run_until_complete(self._connection.fetch(statement))
        return rows

    def instant(self, seconds: int) -> str:
        return f"to_timestamp({seconds})"

    def close(self) -> None:
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()
