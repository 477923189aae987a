"""Drafts a mapping: finds the header, gives each column a field, and collects values that need a code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.loading.cells.texts import in_letters, tidy
from app.loading.proposals.contents import OF_KIND, Contents
from app.loading.proposals.spellings import EXTERNAL, NUMBER_OF_ROW, meanings
from app.loading.proposals.values import DraftValue, draft_values, is_listed
from app.loading.tables.books import open_book
from app.loading.tables.columns import TOP, Header, joined_header
from app.loading.tables.delimited import DelimitedBook
from app.loading.tables.rows import kind_of_row
from app.loading.tables.sheets import Book, Sheet

# Columns with a known header that make a row the header.
_FEWEST = 2


@dataclass
class DraftColumn:
    """A column with its header, its field (None: not used), and the way in which the field was found."""

    index: int
    header: str
    contents: Contents
    target: str | None = None
    by_content: bool = False


@dataclass
class Draft:
    """A drafted mapping."""

    path: Path
    sheets: Sequence[str]
    header_rows: Sequence[int]
    encoding: str | None
    columns: list[DraftColumn]
    values: dict[int, list[DraftValue]] = field(default_factory=dict)

    def column(self, target: str) -> DraftColumn | None:
        """The column of a field."""
        return next((column for column in self.columns if column.target == target), None)

    @property
    def dates(self) -> list[DraftColumn]:
        """The columns with dates."""
        return [column for column in self.columns if column.contents.is_mostly("date")]


def draft_of(path: Path, encoding: str | None, reference: Reference) -> Draft:
    """Reads the whole file once. Raises Invalid for a file without rows, and for one that cannot be read."""
    book = open_book(path, encoding, None)
    try:
        sheet, header, rows = _sheet_with_header(book)
        columns = [DraftColumn(index, text, Contents()) for index, text in enumerate(header.texts)]
        _read(sheet, header, columns)
        columns = [column for column in columns if column.header or column.contents.filled]
        _assign(columns)
        sheets = [str(each.name) for each in book.sheets if each.name and _same_header(each, header, rows)]
        letters = encoding or (book.encoding.name if isinstance(book, DelimitedBook) else None)
    finally:
        book.close()
    draft = Draft(path, sheets, rows, letters, columns)
    for column in columns:
        if column.target and is_listed(column.target):
            draft.values[column.index] = draft_values(column.target, column.contents.values, reference)
    return draft


def _top(sheet: Sheet) -> list[tuple[int, list[Any]]]:
    return [(row.number, [in_letters(cell, sheet.letters) for cell in row.cells]) for row in islice(sheet.rows(), TOP)]


def _sheet_with_header(book: Book) -> tuple[Sheet, Header, list[int]]:
    """The first sheet in which a row, or two rows together, have the most known headers."""
    for sheet in book.sheets:
        top = _top(sheet)
        candidates = [[each] for each in top] + [list(pair) for pair in pairwise(top)]
        scored = [(_score(levels), -len(levels), levels) for levels in candidates]
        best = max(scored, key=lambda each: each[:2], default=None)
        if best is not None and best[0] >= _FEWEST:
            levels = best[2]
            header = joined_header([cells for _row, cells in levels], levels[-1][0])
            return sheet, header, [row for row, _cells in levels]
    raise Invalid("mapping_invalid", "No row of the file looks like a header of a register of dossiers.")


def _score(levels: Sequence[tuple[int, list[Any]]]) -> int:
    header = joined_header([cells for _row, cells in levels], levels[-1][0])
    return len({meanings(text)[0][1] for text in header.texts if text and meanings(text)})


def _same_header(sheet: Sheet, header: Header, rows: Sequence[int]) -> bool:
    cells = [cells for row, cells in _top(sheet) if row in rows]
    return joined_header(cells, max(rows)).texts == header.texts


def _read(sheet: Sheet, header: Header, columns: Sequence[DraftColumn]) -> None:
    everything = range(len(columns))
    for row in sheet.rows(len(columns)):
        if row.number <= header.row:
            continue
        cells = tidy(row.cells, (None, ""), sheet.letters)
        # Without known dates and names each row with two filled cells may be a dossier.
        if kind_of_row(cells, (), everything, header.texts) is None:
            for column in columns:
                column.contents.add(cells[column.index] if column.index < len(cells) else None)


def _assign(columns: Sequence[DraftColumn]) -> None:
    """Gives each field to the column with the likeliest header, then to columns by their contents."""
    options = [(score, target, column) for column in columns for score, target in meanings(column.header)]
    taken: set[str] = set()
    # The sort is stable: of two columns with the same header the first has the field.
    for _likeness, target, column in sorted(options, key=lambda option: -option[0]):
        if column.target is None and target not in taken:
            column.target = target
            taken.add(target)
    for column in columns:
        if column.target == EXTERNAL and column.contents.is_mostly("code"):
            column.target = "code"
        if column.target is None:
            kind = next((kind for kind in OF_KIND if column.contents.is_mostly(kind)), None)
            if kind is not None and OF_KIND[kind] not in taken:
                column.target, column.by_content = OF_KIND[kind], True
                taken.add(OF_KIND[kind])
    if not taken & {EXTERNAL, "code"}:
        for column in columns:
            if column.target == NUMBER_OF_ROW:
                column.target = EXTERNAL
