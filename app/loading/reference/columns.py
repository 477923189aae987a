"""Columns of the workbook of reference data: their headings, and how their cells are read and written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Kind(Enum):
    """The kind of the values of a column."""

    TEXT = auto()
    PARAGRAPH = auto()  # several lines are possible
    CODE = auto()  # a text in which each digit counts
    DAY = auto()
    NUMBER = auto()
    YES = auto()
    CHOICE = auto()
    LIST = auto()  # texts with semicolons between them
    LIMIT = auto()
    WEEK = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the `key` of its values, its heading, and its explanation in the first sheet.

    `choices`: the values by the words in cells. `needed`: a cell must not be empty. `fallback`: the value of an empty
    cell. `optional`: a sheet is whole without the column. `open`: other words than the
    choices are values too.
    """

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    about: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    needed: bool = False
    fallback: Any = None
    optional: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class SheetForm:
    """A sheet: its name in a workbook, the name of its CSV file, and its columns.

    `key`: the columns that tell its rows apart. Without it, the order of rows of the same `group` counts.
    """

    name: str
    file: str
    about: str
    columns: Sequence[Column]
    key: Sequence[str] = ()
    group: Sequence[str] = ()

    def column(self, key: str) -> Column:
        """The column with this key."""
        return next(column for column in self.columns if column.key == key)


# A heading with this first character is a remark for people: the column is not read.
REMARK = "#"
# The heading and mark of rows that are taken from a list to choose from.
TAKEN, TAKEN_MARK = "taken", "x"
