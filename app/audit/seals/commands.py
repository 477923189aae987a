"""Command `motcua seal`: makes a seal now, or prints the existing seals."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Protocol, TypeVar

import typer

from app import clock
from app.audit.seals.lines import all_lines, sealed, table
from app.database import Database

T = TypeVar("T")


class WithDatabase(Protocol):
    """Runs work on the database that the settings name."""

    def __call__(self, work: Callable[[Database], Awaitable[T]], /) -> T:
        """The result of `work`."""


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
            return all_lines(database) if every else sealed(database, now)

        for line in with_database(lines):
            typer.echo(line)

    return seal
