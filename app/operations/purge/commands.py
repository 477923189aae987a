"""Command `motcua purge`: for operators with access to the database."""

from collections.abc import Callable
from typing import Annotated

import typer

from app import clock
from app.commands import WithDatabase, shown_progress
from app.ledger.commands_run import recorded
from app.ledger.entries import shown
from app.operations.purge.service import plan, purge, years_before


def purge_command(with_database: WithDatabase) -> Callable[..., None]:
    """Builds the command."""

    def purge_old(
        older_than: Annotated[
            int,
            typer.Option(min=1, max=100, metavar="YEARS", help="Purge dossiers closed more than this many years ago."),
        ],
        access_log: Annotated[
            int | None,
            typer.Option(min=2, max=100, metavar="YEARS", help="Also drop months of the access log that are older."),
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; change nothing.")] = False,
    ) -> None:
        """Delete personal data and free text of dossiers closed long ago. Figures, journals and proofs stay."""
        now = clock.now()
        before = years_before(now, older_than)
        views = None if access_log is None else years_before(now, access_log)
        if dry_run:
            counts = with_database(lambda database: plan(database, before, views))
            typer.echo(f"{counts.dossiers} dossiers and {counts.views} access log entries would be purged.")
        else:
            details = {"closed_before": shown(before), "views_before": None if views is None else shown(views)}
            work = recorded(
                "purge", details, lambda database: purge(database, now, before, views, shown_progress()), now
            )
            counts = with_database(work)
            typer.echo(f"{counts.dossiers} dossiers and {counts.views} access log entries were purged.")
            if counts.in_log:
                typer.echo("A long reading kept the log, which may still have deleted words: run the command again.")

    return purge_old
