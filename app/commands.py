"""Parts shared by commands that live with their features: access to the database, and progress on standard error."""

import sys
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import typer

from app.database import Database

T = TypeVar("T")


class WithDatabase(Protocol):
    """Runs work on the database that the settings name."""

    def __call__(self, work: Callable[[Database], Awaitable[T]], /) -> T:
        """The result of `work`."""


def shown_progress() -> Callable[[int, int], None]:
    """A function of the number done and the total: counts in place on a terminal, writes a line per tenth elsewhere."""
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
