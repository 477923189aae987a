"""Commands `motcua reference export` and `import`: all reference data and people as a workbook or CSV files."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app import clock
from app.catalogue.cache import ReferenceCache
from app.commands import WithDatabase
from app.database import Database
from app.domain.localtime import local_date
from app.dossiers.reforms.publishing import publication
from app.dossiers.reforms.worker import ReformWorker
from app.ledger.entries import COMMAND_LINE
from app.loading.reference.draft import draft_rows
from app.loading.reference.forms import PROCEDURES
from app.loading.reference.problems import WorkbookRefused
from app.loading.reference.workbook import DryRun, Imported, export_rows, import_tables, read_file
from app.loading.reference.writing import as_workbook, write_folder

_CLIENT = "motcua reference import"


def reference_commands(with_database: WithDatabase) -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Export and import reference data and people.", no_args_is_help=True)

    @group.command("export")
    def export_reference(
        path: Annotated[Path, typer.Argument(help="An .xlsx file, or a folder for CSV files.")],
    ) -> None:
        """Write units, procedures, calendars and people to a workbook, or to a folder of CSV files."""

        async def work(database: Database) -> None:
            async with database.reading() as connection:
                rows = await export_rows(connection)
            if path.suffix.lower() == ".xlsx":
                path.write_bytes(as_workbook(rows))
            else:
                write_folder(path, rows)

        with_database(work)
        typer.echo(f"The reference data were written to {path}.")

    @group.command("draft")
    def draft_reference(
        file: Annotated[Path, typer.Argument(dir_okay=False, help="Path of the .xlsx file.")],
        field: Annotated[list[str] | None, typer.Option(help="A field; several are possible. Otherwise all.")] = None,
        start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    ) -> None:
        """Write procedures of the national list to choose from: mark them, decide limits without a unit, import."""
        rows = draft_rows(field or (), start.date() if start else local_date(clock.now()))
        file.write_bytes(as_workbook(rows))
        typer.echo(f"{len(rows[PROCEDURES.name])} procedures to choose from were written to {file}.")

    @group.command("import")
    def import_reference(
        path: Annotated[Path, typer.Argument(exists=True, help="An .xlsx file, or a folder with CSV files.")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    ) -> None:
        """Add and change reference data and people. With any wrong cell, nothing is changed."""
        try:
            imported = with_database(lambda database: import_path(database, path, dry_run=dry_run))
        except WorkbookRefused as refusal:
            for problem in refusal.problems:
                typer.echo(f"{problem.place.shown}: {problem.text.vi} / {problem.text.en}", err=True)
            typer.echo(f"motcua: {refusal.detail}", err=True)
            sys.exit(1)
        for row in imported.rows if dry_run else ():
            cells = "; ".join(f"{cell.column}: {cell.before or '–'} → {cell.after or '–'}" for cell in row.columns)
            typer.echo(f"{row.sheet} {row.row} {row.change} {row.key}: {cells}")
        typer.echo(f"{imported}{'; nothing was changed' if dry_run else ''}.")

    return group


async def import_path(database: Database, path: Path, *, dry_run: bool) -> Imported:
    """Imports a file or folder, and publishes its calendars. Raises WorkbookRefused, Invalid `file_unreadable`."""
    read = await asyncio.to_thread(read_file, path)
    try:
        async with database.writing() as connection:
            imported = await import_tables(connection, read, COMMAND_LINE, clock.now(), dry_run=dry_run)
    except DryRun as result:
        return result.imported
    worker = ReformWorker(database, ReferenceCache(), clock.now)
    for content in imported.years:
        await worker.carried_out(publication(_CLIENT, content, expect=lambda _revision: None))
    return imported
