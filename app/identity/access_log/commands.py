"""The command `motcua access-log`: for whoever has the database, and so for all dossiers."""

from collections.abc import Callable
from typing import Annotated

import typer

from app.commands import WithDatabase
from app.database import Database
from app.domain.localtime import local
from app.identity.access_log.queries import latest_views


def access_log_command(with_database: WithDatabase) -> Callable[..., None]:
    """The command."""

    def access_log(
        dossier: Annotated[str | None, typer.Option(help="Only of this dossier, by its code.")] = None,
        client: Annotated[str | None, typer.Option(help="Only by this client.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 100,
    ) -> None:
        """Show who has seen the people in dossiers, the latest view first."""
        for line in with_database(lambda database: _listed(database, dossier, client, limit)):
            typer.echo(line)

    return access_log


async def _listed(database: Database, code: str | None, client: str | None, most: int) -> list[str]:
    """A line each, tabs between: when, client, token, dossier, what was shown, request."""
    async with database.reading() as connection:
        found = await latest_views(connection, code=code, client=client, most=most)
    return [
        "\t".join(
            (
                local(one.viewed_at).isoformat(),
                one.client,
                str(one.token_id or "–"),
                one.code or "–",
                one.kind,
                one.request_id or "–",
            )
        )
        for one in found
    ]
