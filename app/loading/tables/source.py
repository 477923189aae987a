"""The dossiers of a table file, one a row, with the rows that are none."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from app.domain.errors import Invalid
from app.loading.cells.dates import DateForms
from app.loading.cells.records import Place
from app.loading.cells.texts import in_letters, text_of, tidy
from app.loading.tables.assembly import Assembly
from app.loading.tables.books import open_book
from app.loading.tables.columns import TOP, header_of, letter_of
from app.loading.tables.mapping import TableMapping
from app.loading.tables.plan import Plan
from app.loading.tables.rows import kind_of_row, skipped_notes
from app.loading.tables.sheets import Row, Sheet


class TableRow:
    """A row of a sheet as a record."""

    __slots__ = ("_assembly", "_cells", "_plan", "_row", "_sheet", "number")

    def __init__(self, number: int, plan: Plan, sheet: str | None, row: Row) -> None:
        self.number = number
        self._plan = plan
        self._sheet = sheet
        self._row = row.number
        self._cells = row.cells
        self._assembly = Assembly(plan, row.cells, sheet)

    def data(self) -> Mapping[str, Any]:
        """The fields of the dossier. Raises Invalid for a cell that cannot be read."""
        return self._assembly.data()

    def place(self, pointer: str) -> Place:
        """The cells of the field with this pointer; for a constant its place in the mapping."""
        columns, where = self._plan.plan_at(pointer, self._assembly.events)
        headers = self._plan.headers(columns) or ([f"[{where}]"] if where else [])
        return Place(self._row, self._sheet, self._plan.letters(columns), headers)

    def value(self, pointer: str) -> str:
        """The texts of the cells of the field."""
        columns, _where = self._plan.plan_at(pointer, self._assembly.events)
        cells = [self._cells[column] for column in columns if 0 <= column < len(self._cells)]
        return ", ".join(_shown(cell) for cell in cells if cell is not None)

    def text(self) -> str | None:
        """The cells of the row with tabulators between them."""
        return "\t".join("" if cell is None else _shown(cell) for cell in self._cells)

    def flags(self) -> Sequence[str]:
        """The flags of the row, known after `data`."""
        return tuple(dict.fromkeys(self._assembly.flags))


class TableSource:
    """The rows of the sheets that the mapping names, or of the only one that people see."""

    def __init__(self, path: Path, mapping: TableMapping, encoding: str | None = None) -> None:
        self._book = open_book(path, encoding or mapping.file.encoding, mapping.file.separator)
        self.forms: DateForms = mapping.dates.forms(self._book.epoch)
        try:
            self._sheets = _chosen(self._book.sheets, mapping.file.sheets)
            self._plans = [_plan(sheet, mapping, self.forms) for sheet in self._sheets]
        except Invalid:
            self._book.close()
            raise
        self.has_codes = any(plan.columns_of("code") for plan in self._plans)
        self._skipped: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], int] = {}

    def count(self) -> int:
        """About the number of rows."""
        rows = (sheet.count() - plan.header.row for sheet, plan in zip(self._sheets, self._plans, strict=True))
        return sum(max(number, 0) for number in rows)

    def records(self, only: Container[int] | None = None) -> Iterator[TableRow]:
        """The dossiers in order; `only` those with these numbers."""
        number = 0
        for sheet, plan in zip(self._sheets, self._plans, strict=True):
            dated, named = frozenset(plan.events[0].at), frozenset(plan.columns_of("applicant.name"))
            above: dict[int, Any] = {}
            for row in _below(sheet, plan):
                number += 1
                kind = kind_of_row(row.cells, dated, named, plan.header.texts)
                if kind is not None:
                    if only is None:
                        self._skip(sheet, kind, row.number)
                    continue
                complete = _filled_down(row, plan, above) if plan.filled_down else row
                if only is None or number in only:
                    yield TableRow(number, plan, sheet.name, complete)

    def _skip(self, sheet: Sheet, kind: str, row: int) -> None:
        key = (sheet.name or "", kind)
        self._skipped[key] += 1
        self._first.setdefault(key, row)

    def notes(self) -> Sequence[str]:
        """The rows, columns and sheets that were not read."""
        read = {sheet.name for sheet in self._sheets}
        unread = [str(sheet.name) for sheet in self._book.sheets if sheet.name not in read]
        columns = [
            f"{letter_of(index)} ({text})"
            for index, text in enumerate(self._plans[0].header.texts)
            if text and index not in self._plans[0].used
        ]
        return [
            *skipped_notes(self._skipped, self._first),
            *([f"columns not in the mapping: {', '.join(columns)}"] if columns else []),
            *([f"sheets not in the mapping: {', '.join(unread)}"] if unread else []),
            *([f"hidden sheets, not read: {', '.join(self._book.hidden)}"] if self._book.hidden else []),
        ]

    def close(self) -> None:
        """Close the file."""
        self._book.close()


def _chosen(sheets: Sequence[Sheet], names: Sequence[str] | None) -> Sequence[Sheet]:
    if names is None:
        if len(sheets) == 1:
            return sheets
        shown = ", ".join(str(sheet.name) for sheet in sheets) or "none that people see"
        raise Invalid("mapping_invalid", f"The file has several sheets: {shown}. Name those to read in [file] sheets.")
    by_name = {sheet.name: sheet for sheet in sheets}
    if missing := [name for name in names if name not in by_name]:
        shown = ", ".join(str(sheet.name) for sheet in sheets)
        raise Invalid("mapping_invalid", f"The file has no sheet {missing[0]!r} that people see; it has: {shown}.")
    return [by_name[name] for name in names]


def _plan(sheet: Sheet, mapping: TableMapping, forms: DateForms) -> Plan:
    top = [(row.number, [in_letters(cell, sheet.letters) for cell in row.cells]) for row in islice(sheet.rows(), TOP)]
    return Plan(mapping, header_of(top, mapping.file.header_rows, list(mapping.columns())), forms)


def _below(sheet: Sheet, plan: Plan) -> Iterator[Row]:
    """The rows below the header, tidied."""
    for row in sheet.rows(plan.width):
        if row.number > plan.header.row:
            yield Row(row.number, tidy(row.cells, plan.blank, sheet.letters))


def _filled_down(row: Row, plan: Plan, above: dict[int, Any]) -> Row:
    cells = [*row.cells, *[None] * (max(plan.filled_down) + 1 - len(row.cells))]
    for column in plan.filled_down:
        if cells[column] is None:
            cells[column] = above.get(column)
        else:
            above[column] = cells[column]
    return Row(row.number, cells)


def _shown(cell: Any) -> str:
    try:
        return text_of(cell, "")
    except Invalid:
        return str(cell)
