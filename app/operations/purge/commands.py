"""The command `motcua purge`: for whoever has the database."""

from collections.abc import Callable
from typing import Annotated

import typer

from app import clock
from app.commands import WithDatabase, shown_progress
from app.operations.purge.service import purge, would_purge, years_before


def purge_command(with_database: WithDatabase) -> Callable[..., None]:
    """The command."""

    def purge_old(
        older_than: Annotated[int, typer.Option(min=1, max=100, metavar="YEARS", help="Closed longer ago than this.")],
        access_log: Annotated[
            int | None,
            typer.Option(min=2, max=100, metavar="YEARS", help="Forget views longer ago than this; without: none."),
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, change nothing.")] = False,
    ) -> None:
        """Take away applicants' data and words of dossiers closed long ago; figures, journal and proofs stay."""
        now = clock.now()
        before = years_before(now, older_than)
        views = None if access_log is None else years_before(now, access_log)
        if dry_run:
            found = with_database(lambda database: would_purge(database, before, views))
            typer.echo(f"{found.dossiers} dossiers would be purged, {found.views} views forgotten.")
        else:
            done = with_database(lambda database: purge(database, now, before, views, shown_progress()))
            typer.echo(f"{done.dossiers} dossiers were purged, {done.views} views forgotten.")

    return purge_old
