"""Commands `motcua seal` and `seal-key`: make a seal now, print the seals, make the key that signs their tree."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from app import clock
from app.audit.seals.lines import all_lines, new_lines, table
from app.commands import WithDatabase
from app.database import Database
from app.encryption.signed_notes import COSIGNATURE, new_signer


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


def seal_key(
    name: Annotated[str, typer.Argument(help="Name of this register under its signatures, such as example.vn/seals.")],
) -> None:
    """Print a new key for MOTCUA_SEAL_KEY with its public keys. Nothing is changed."""
    try:
        signer = new_signer(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(f"MOTCUA_SEAL_KEY={signer}")
    typer.echo(f"verifier key: {signer.verifier()}")
    typer.echo(f"witness key: {signer.verifier(COSIGNATURE)}")
