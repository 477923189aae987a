"""How a command that stands with its feature gets at the database that the settings name."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from app.database import Database

T = TypeVar("T")


class WithDatabase(Protocol):
    """Runs work on the database that the settings name."""

    def __call__(self, work: Callable[[Database], Awaitable[T]], /) -> T:
        """The result of `work`."""
