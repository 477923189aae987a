"""Commands `motcua slips …` for offices with their own templates."""

from pathlib import Path
from typing import Annotated

import typer


def slip_commands() -> typer.Typer:
    """Builds the command group."""
    group = typer.Typer(help="Check slip templates.", no_args_is_help=True)

    @group.callback()
    def slips() -> None:
        """Check slip templates."""

    @group.command()
    def check(
        folder: Annotated[
            Path,
            typer.Argument(
                metavar="DIR", exists=True, file_okay=False, help="Folder of templates, as in MOTCUA_SLIPS_DIR."
            ),
        ],
    ) -> None:
        """Render every template of a folder with sample data. Lists the faults; exit status 1."""
        # Imported here, because Typst is large and other commands do not need it.
        from app.slips.template_check import failures_in  # noqa: PLC0415

        failed = 0
        for path, failure in failures_in(folder):
            typer.echo(f"{path}: {failure or 'ok'}", err=failure is not None)
            failed += failure is not None
        if failed:
            raise typer.Exit(1)

    return group
