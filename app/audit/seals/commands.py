"""The command `motcua seal`: makes a seal by hand, and prints those that there are."""

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
    """The command."""

    def seal(
        every: Annotated[bool, typer.Option("--all", help="Seal nothing; print every seal, to be kept.")] = False,
        listed: Annotated[bool, typer.Option("--list", help="Seal nothing; list every seal, to be read.")] = False,
    ) -> None:
        """Seal all that is recorded by now, and print the newest seal as a line to be kept or published."""
        now = clock.now()

        def lines(database: Database) -> Awaitable[list[str]]:
            if listed:
                return table(database)
            return all_lines(database) if every else sealed(database, now)

        for line in with_database(lines):
            typer.echo(line)

    return seal
