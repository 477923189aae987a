"""Command `motcua access-log`: for operators with access to the database, over all dossiers."""

from collections.abc import Callable
from typing import Annotated

import typer

from app.commands import WithDatabase
from app.database import Database
from app.domain.localtime import local
from app.identity.access_log.queries import latest_views


def access_log_command(with_database: WithDatabase) -> Callable[..., None]:
    """Builds the command."""

    def access_log(
        dossier: Annotated[str | None, typer.Option(help="Only entries of the dossier with this code.")] = None,
        client: Annotated[str | None, typer.Option(help="Only entries of this client.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Largest number of entries.")] = 100,
    ) -> None:
        """Show which clients have seen personal data, the latest first."""
        for line in with_database(lambda database: _listed(database, dossier, client, limit)):
            typer.echo(line)

    return access_log


async def _listed(database: Database, code: str | None, client: str | None, most: int) -> list[str]:
    """Lines of time, client, token, dossier or number of dossiers, kind of data and request, separated by tabs."""
    async with database.reading() as connection:
        views = await latest_views(connection, code=code, client=client, most=most)
    return [
        "\t".join(
            (
                local(view.viewed_at).isoformat(),
                view.client,
                str(view.token_id or "–"),
                view.code or (f"({view.dossiers})" if view.dossiers > 1 else "–"),
                view.kind,
                view.request_id or "–",
            )
        )
        for view in views
    ]
