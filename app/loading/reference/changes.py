"""Changes of an import, row by row, and the state of the import while it runs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table as DatabaseTable

from app.catalogue.calendars import YearContent
from app.catalogue.register import Reference
from app.database import Connection
from app.ledger.entries import Author
from app.loading.reference.cells import shown
from app.loading.reference.columns import SheetForm
from app.loading.reference.exporting import People, Rows, Values
from app.loading.reference.problems import Problems
from app.loading.reference.reading import Line, Table, Tables, key_of

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"


class ColumnChange(NamedTuple):
    """A cell that differs; None is an empty one."""

    column: str
    before: str | None
    after: str | None


class RowChange(NamedTuple):
    """A row that is new or changed."""

    sheet: str
    row: int
    key: str
    change: str
    columns: Sequence[ColumnChange]


@dataclass(slots=True)
class Import:
    """One import in its transaction: its input, its changes, and the errors of the workbook.

    `reference` is as the transaction sees it. `touched`: the keys of changed rows, for the ledger. `years` are
    published after the transaction.
    """

    connection: Connection
    reference: Reference
    people: People
    tables: Tables
    before: Rows
    author: Author
    now: datetime
    problems: Problems
    person_id: int | None = None
    rows: list[RowChange] = field(default_factory=list)
    unchanged: int = 0
    touched: dict[DatabaseTable, set[int]] = field(default_factory=dict)
    years: list[YearContent] = field(default_factory=list)

    def table(self, form: SheetForm) -> Table:
        """The rows of the sheet; none if the workbook has no such sheet."""
        return self.tables.get(form.name) or Table(form, None)

    def touch(self, table: DatabaseTable, keys: Iterable[int]) -> None:
        """Notes changed rows of a table of the database."""
        self.touched.setdefault(table, set()).update(keys)

    def compare(
        self, line: Line, before: Values | None, same: Callable[[str, Any, Any], bool] | None = None
    ) -> set[str]:
        """Notes a row, and returns the keys of its columns that differ from the row before; all for a new one."""
        form = line.table.form
        changes, differing = [], set()
        for column in form.columns:
            if column.key not in line.values or column.optional:
                continue
            old, new = (before or {}).get(column.key), line.values[column.key]
            if before is None or not (old == new or (same is not None and same(column.key, old, new))):
                differing.add(column.key)
                if before is not None or new not in (None, ()):
                    changes.append(
                        ColumnChange(column.heading, None if old is None else shown(column, old), shown(column, new))
                    )
        if differing:
            names = form.key or form.group
            key = " ".join(str(value) for value in key_of(names, line.values) if value is not None)
            kind = CHANGED if before is not None else NEW
            self.rows.append(RowChange(form.name, line.number, key, kind, changes))
        else:
            self.unchanged += 1
        return differing


def by_key(form: SheetForm, rows: Rows) -> Mapping[tuple[Any, ...], Values]:
    """The rows of a keyed sheet by their keys."""
    return {key_of(form.key, values): values for values in rows.get(form.name, ())}


def by_group(form: SheetForm, rows: Rows) -> Mapping[tuple[Any, ...], list[Values]]:
    """The rows of a sheet without keys by their groups, in order."""
    groups: dict[tuple[Any, ...], list[Values]] = {}
    for values in rows.get(form.name, ()):
        groups.setdefault(key_of(form.group, values), []).append(values)
    return groups
