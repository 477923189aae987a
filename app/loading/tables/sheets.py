"""Sheets of a table file: rows of cells with their numbers, as spreadsheets show them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol


class Row(NamedTuple):
    """A row of a sheet; `number` as a spreadsheet shows it."""

    number: int
    cells: Sequence[Any]


class Sheet(Protocol):
    """A sheet of a file. `name` is None for CSV."""

    @property
    def name(self) -> str | None:
        """The name of the sheet."""

    @property
    def letters(self) -> str | None:
        """The old font of all its texts, None if they are in Unicode."""

    def count(self) -> int:
        """The number of rows."""

    def rows(self, width: int | None = None) -> Iterator[Row]:
        """The rows in order, read as they are used; at most the first `width` columns."""


class Book(Protocol):
    """A file with its sheets. `epoch`: the first year of its serial numbers."""

    @property
    def epoch(self) -> int:
        """1900 or 1904."""

    @property
    def sheets(self) -> Sequence[Sheet]:
        """The sheets that people see, in order."""

    @property
    def hidden(self) -> Sequence[str]:
        """The names of hidden sheets."""

    def close(self) -> None:
        """Close the file."""
