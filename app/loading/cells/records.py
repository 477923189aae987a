"""Records of a file to import: the data of one dossier each, and their places in the file of the user."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Place(NamedTuple):
    """A place in a file: a line of NDJSON, or a row of a table with the columns of a field.

    `columns` are letters, `headers` the texts above them.
    """

    row: int
    sheet: str | None = None
    columns: Sequence[str] = ()
    headers: Sequence[str] = ()
    is_line: bool = False

    @property
    def cell(self) -> str:
        """The addresses of the cells, like F17; empty for a whole row."""
        return ", ".join(f"{column}{self.row}" for column in self.columns)

    def __str__(self) -> str:
        if self.is_line:
            return f"line {self.row}"
        sheet = f"{self.sheet}!" if self.sheet else ""
        header = f" ({', '.join(self.headers)})" if any(self.headers) else ""
        return f"{sheet}{self.cell or f'row {self.row}'}{header}"


class Record(Protocol):
    """One dossier of a file. `number` counts the records in the order of the file."""

    @property
    def number(self) -> int:
        """The order of the record in the file."""

    def data(self) -> Mapping[str, Any]:
        """The fields of the dossier. Raises Invalid for a record that cannot be read."""

    def place(self, pointer: str) -> Place:
        """The place of the field with this JSON pointer."""

    def value(self, pointer: str) -> str:
        """The value of the field with this JSON pointer as the file has it; empty for none."""

    def text(self) -> str | None:
        """The record as the file has it, None if it is too long."""

    def flags(self) -> Sequence[str]:
        """Flags of the first event, known after `data`."""
