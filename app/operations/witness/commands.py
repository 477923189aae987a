"""Command `motcua witness`: cosigns the heads of neighbouring registers."""

from collections.abc import Callable

import httpx
import typer

from app import clock
from app.commands import WithDatabase
from app.database import Database
from app.http.certificates import trust
from app.operations.witness.service import Neighbour, Outcome, cosign_all
from app.settings import Settings, neighbours_of, seal_signer_of

# Seconds for each answer of a neighbour.
_TIMEOUT = 20.0


def witness_command(with_database: WithDatabase) -> Callable[..., None]:
    """Builds the command."""

    def witness() -> None:
        """Cosign the heads of neighbouring registers (MOTCUA_WITNESSED). Exit status 1 if one was not cosigned."""
        settings = Settings()
        signer, neighbours = seal_signer_of(settings), [Neighbour(*pair) for pair in neighbours_of(settings)]
        if signer is None or not neighbours:
            raise typer.BadParameter("Set MOTCUA_SEAL_KEY and MOTCUA_WITNESSED.")

        async def cosign(database: Database) -> list[Outcome]:
            context = trust(settings.ca_file).web
            async with httpx.AsyncClient(verify=context, trust_env=False, timeout=_TIMEOUT) as http:
                return await cosign_all(database, http, signer, neighbours, clock.now())

        outcomes = with_database(cosign)
        for outcome in outcomes:
            if outcome.fault:
                typer.echo(f"{outcome.origin}: not cosigned: {outcome.fault}.", err=True)
            else:
                typer.echo(f"{outcome.origin}: {outcome.size} seals are cosigned.")
        if any(outcome.fault for outcome in outcomes):
            raise typer.Exit(1)

    return witness
