"""The commands `motcua slips …`: for whoever looks after an office's templates."""

from pathlib import Path
from typing import Annotated

import typer


def slip_commands() -> typer.Typer:
    """The group of commands."""
    group = typer.Typer(help="Templates of slips.", no_args_is_help=True)

    @group.callback()
    def slips() -> None:
        """Templates of slips."""

    @group.command()
    def check(
        folder: Annotated[
            Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="As MOTCUA_SLIPS_DIR would name it.")
        ],
    ) -> None:
        """Set every template of a folder with sample data; fails and names what does not work."""
        # Typst is large, and no other command needs it.
        from app.slips.template_check import failures_in  # noqa: PLC0415

        failed = 0
        for path, failure in failures_in(folder):
            typer.echo(f"{path}: {failure or 'good'}", err=failure is not None)
            failed += failure is not None
        if failed:
            raise typer.Exit(1)

    return group
