"""Exports all reference data and people, and imports a workbook in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.catalogue.cache import Reference, load, touch
from app.catalogue.calendars import YearContent
from app.catalogue.exclusion import exclusive_guard
from app.database import Connection
from app.ledger.entries import Author
from app.ledger.service import record
from app.loading.reference.changes import CHANGED, NEW, Import, RowChange
from app.loading.reference.exporting import Rows, read_people, rows_of
from app.loading.reference.import_people import import_people
from app.loading.reference.import_procedures import import_catalogues, import_procedures
from app.loading.reference.import_units import import_units
from app.loading.reference.import_years import import_years
from app.loading.reference.problems import Problems, WorkbookRefused
from app.loading.reference.reading import Tables, read_tables


@dataclass(frozen=True, slots=True)
class Imported:
    """The changes of an import, the number of unchanged rows, and the years that are published after it."""

    rows: Sequence[RowChange]
    unchanged: int
    years: Sequence[YearContent]

    def number(self, change: str) -> int:
        """The number of rows with this change."""
        return sum(row.change == change for row in self.rows)

    def __str__(self) -> str:
        return f"{self.number(NEW)} new, {self.number(CHANGED)} changed, {self.unchanged} unchanged"


class DryRun(Exception):
    """Rolls back the transaction of a dry run, and carries its result."""

    def __init__(self, imported: Imported) -> None:
        super().__init__("dry run")
        self.imported = imported


async def export_rows(connection: Connection, reference: Reference | None = None) -> Rows:
    """The rows of all sheets."""
    return rows_of(reference or await load(connection), await read_people(connection))


def read_file(path: Path) -> tuple[Tables, Problems]:
    """The sheets of a file or folder, with the errors of their cells."""
    problems = Problems()
    return read_tables(path, problems), problems


async def import_tables(
    connection: Connection,
    read: tuple[Tables, Problems],
    author: Author,
    now: datetime,
    *,
    dry_run: bool,
    person_id: int | None = None,
) -> Imported:
    """Imports the result of `read_file`, in the transaction of the connection. The caller publishes the years after it.

    Raises WorkbookRefused with all problems, and DryRun at the end of a dry run: both roll the transaction back.
    """
    # Before `touch`, as in reforms: one order of locks prevents deadlocks.
    await exclusive_guard(connection)
    await touch(connection)
    reference, people = await load(connection), await read_people(connection)
    tables, problems = read
    before = rows_of(reference, people)
    work = Import(connection, reference, people, tables, before, author, now, problems, person_id)
    await import_units(work)
    await import_catalogues(work)
    await import_procedures(work)
    await import_people(work)
    import_years(work)
    if problems:
        raise WorkbookRefused(problems)
    imported = Imported(work.rows, work.unchanged, work.years)
    if dry_run:
        raise DryRun(imported)
    await record(connection, work.touched, author, now)
    return imported
