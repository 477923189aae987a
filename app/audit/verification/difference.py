"""Difference between the database and its journals or seals, and the comparison that finds it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.database.readable import ForeignRow

Key = TypeVar("Key", bound=Any)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored value that differs from the value by journals or seals; `entry` None: not a value of one entry."""

    dossier: str
    entry: int | None
    field: str
    expected: Any
    actual: Any

    def __str__(self) -> str:
        where = self.dossier if self.entry is None else f"{self.dossier} entry {self.entry}"
        return f"{where}: {self.field} is {self.actual}, but should be {self.expected}"


def unequal(
    expected: Mapping[Key, Value], actual: Mapping[Key, Value]
) -> Iterator[tuple[Key, Value | None, Value | None]]:
    """Each key with different values in the two mappings, in order, with both values; None for a missing one."""
    for key in sorted(expected.keys() | actual.keys()):
        if expected.get(key) != actual.get(key):
            yield key, expected.get(key), actual.get(key)


def name_of_missing(dossier_id: int) -> str:
    """The name of a dossier with rows in other tables but without its own row, and so without a code."""
    return f"dossier {dossier_id}, which is missing"


def foreign_row(table: str, row: ForeignRow) -> Difference:
    """The difference of a row that cannot be read."""
    return Difference(f"{table} {row.key}", None, "row", "a row that can be read", row.reason)
