"""Command `motcua export`: for inspectors, and for operators who give them a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from app import clock
from app.audit.export.service import export
from app.commands import WithDatabase
from app.database import Database


def export_command(with_database: WithDatabase) -> Callable[..., None]:
    """Builds the command."""

    def export_sealed(
        file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="File for the lines.")],
    ) -> None:
        """Write all entries, the ledger and the seals, without personal data, for docs/check_export.py."""
        now = clock.now()

        async def work(database: Database) -> int:
            # A new file: an export of before is worth keeping.
            with file.open("x", encoding="utf-8") as target:
                return await export(database, now, lambda line: target.write(f"{line}\n"))

        number = with_database(work)
        typer.echo(f"{number} entries were exported to {file}.")

    return export_sealed
