"""How far a long command is, told on standard error."""

import sys
from collections.abc import Callable

import typer


def shown_progress() -> Callable[[int, int], None]:
    """Takes what is done and the total: counts in place for a person, writes a line for each tenth into a log."""
    in_place, shown = sys.stderr.isatty(), 0

    def show(done: int, total: int) -> None:
        nonlocal shown
        tenths = 10 * done // total if total else 10
        if in_place:
            typer.echo(f"\r{done:,} of {total:,}", err=True, nl=done >= total)
        elif tenths > shown:
            shown = tenths
            typer.echo(f"{done:,} of {total:,}", err=True)

    return show
