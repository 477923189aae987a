"""Reads CSV and other texts with separators, in each encoding of whole files."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

from app.domain.errors import Invalid
from app.loading.cells.encodings import Encoding, encoding_of
from app.loading.tables.sheets import Row

_SEPARATORS = ",;\t|"
# Rows that show the separator.
_SHOWN = 50
# Characters; an open quote takes the rest of the file into one cell.
_LONGEST_CELL = 131_072


class DelimitedSheet:
    """The only sheet of a CSV file."""

    name = None

    def __init__(self, path: Path, encoding: Encoding, separator: str | None) -> None:
        self._path = path
        self._encoding = encoding
        self.letters = encoding.letters
        self.separator = separator or self._separator()

    def count(self) -> int:
        """The number of rows."""
        return sum(1 for _row in self.rows())

    def rows(self, width: int | None = None) -> Iterator[Row]:
        """The rows of the file. A line `sep=;` at its top is none."""
        csv.field_size_limit(_LONGEST_CELL)
        with self._open() as file:
            number = 0
            try:
                for number, cells in enumerate(csv.reader(file, delimiter=self.separator), start=1):
                    yield Row(number, cells[:width])
            except csv.Error as error:
                raise Invalid(
                    "file_unreadable",
                    f'Dòng {number + 1}: dấu " mở mà không đóng. / The row {number + 1} cannot be read: {error}. '
                    'A quote " may be open.',
                ) from None

    def _open(self) -> TextIO:
        # Bytes that are no letter become U+FFFD, which refuses their row alone.
        file = TextIOWrapper(self._path.open("rb"), self._encoding.codec, "replace", newline="")
        if not _named_separator(file.readline()):
            file.seek(0)
        return file

    def _separator(self) -> str:
        """The separator that the file names, or with which most rows have the same number of cells above one."""
        with TextIOWrapper(self._path.open("rb"), self._encoding.codec, "replace", newline="") as file:
            lines = list(islice(file, _SHOWN))
        named = _named_separator(lines[0]) if lines else ""
        return named or max(_SEPARATORS, key=lambda separator: _likeness(lines, separator))


def _named_separator(line: str) -> str:
    text = line.strip().lstrip("\ufeff")
    return text[4] if len(text) == 5 and text.lower().startswith("sep=") else ""


def _likeness(lines: Sequence[str], separator: str) -> tuple[int, int]:
    """The number of rows with the most frequent number of cells, and that number."""
    widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=separator) if len(cells) > 1)
    return max(((rows, width) for width, rows in widths.items()), default=(0, 0))


class DelimitedBook:
    """A CSV file as a book with one sheet."""

    epoch = 1900
    hidden: Sequence[str] = ()

    def __init__(self, path: Path, stated: str | None, separator: str | None) -> None:
        self.encoding = encoding_of(path, stated)
        self.sheet = DelimitedSheet(path, self.encoding, separator)

    @property
    def sheets(self) -> Sequence[DelimitedSheet]:
        """The only sheet."""
        return (self.sheet,)

    def close(self) -> None:
        """Nothing stays open between two readings."""
