"""Command `motcua seal`: makes a seal now, or prints the existing seals."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from app import clock
from app.audit.seals.lines import all_lines, new_lines, table
from app.commands import WithDatabase
from app.database import Database


def seal_command(with_database: WithDatabase) -> Callable[..., None]:
    """Builds the command."""

    def seal(
        every: Annotated[
            bool, typer.Option("--all", help="Make no seal; print every seal as JSON, for storage elsewhere.")
        ] = False,
        listed: Annotated[bool, typer.Option("--list", help="Make no seal; print a table of every seal.")] = False,
    ) -> None:
        """Seal all entries recorded so far and print the newest seal. Store it outside the database."""
        now = clock.now()

        def lines(database: Database) -> Awaitable[list[str]]:
            if listed:
                return table(database)
            return all_lines(database) if every else new_lines(database, now)

        for line in with_database(lines):
            typer.echo(line)

    return seal
