"""Reads a workbook or a folder of CSV files into rows of values, and notes each cell that cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl.utils.cell import get_column_letter

from app.domain.errors import Invalid
from app.loading.cells.texts import is_blank
from app.loading.reference.cells import missing, read_cell, shown
from app.loading.reference.columns import REMARK, TAKEN, Column, SheetForm
from app.loading.reference.forms import BY_FILE, BY_NAME, GUIDE, PROCEDURES, SHEETS
from app.loading.reference.problems import Place, Problems, Wrong, of_refusal, wrong
from app.loading.reference.writing import unguarded
from app.loading.tables.books import open_book
from app.loading.tables.delimited import DelimitedBook
from app.loading.tables.sheets import Book, Row, Sheet
from app.text_input import fold

MOST_ROWS = 50_000
_MOST_COLUMNS = 60
_MOST_PARTS = 500
_MOST_BYTES = 200 * 1024 * 1024


@dataclass(slots=True)
class Line:
    """A row of a sheet: its number, the values of the columns that are there, and the keys of unusable cells."""

    table: "Table"
    number: int
    values: dict[str, Any]
    bad: set[str] = field(default_factory=set)

    def place(self, key: str | None = None) -> Place:
        """The place of a cell, or of the row if the sheet has no such column."""
        return self.table.place(self.number, key)


@dataclass(slots=True)
class Table:
    """The rows of a sheet; `columns`: the position of each column that is there; `file`: the CSV file, if it is one."""

    form: SheetForm
    file: str | None
    columns: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def place(self, number: int | None = None, key: str | None = None) -> Place:
        """A place as people name it: `Đơn vị!C12`, or the file with row and column."""
        position = self.columns.get(key) if key else None
        heading = self.form.column(key).heading if key and position is not None else None
        if self.file is not None:
            row = f", dòng {number}" if number else ""
            shown = f"{self.file}{row}{f', cột “{heading}”' if heading else ''}"
        else:
            cell = f"!{get_column_letter(position + 1)}{number}" if position is not None and number else ""
            shown = f"{self.form.name}{cell or (f'!{number}:{number}' if number else '')}"
        return Place(shown, self.form.name, number, heading)


Tables = Mapping[str, Table]


def read_tables(path: Path, problems: Problems) -> Tables:
    """The known sheets of an XLSX file or of a folder, by name. Raises Invalid `file_unreadable` for another file."""
    tables: dict[str, Table] = {}
    for table, sheet, epoch in _sheets(path, problems):
        tables[table.form.name] = table
        try:
            _read_sheet(table, sheet, epoch, problems)
        except Invalid as refusal:
            problems.add(table.place(), of_refusal(refusal))
    if not tables and not problems:
        problems.add(Place(path.name, ""), wrong("sheets_missing", right=", ".join(BY_NAME)))
    if PROCEDURES.name in tables and TAKEN in tables[PROCEDURES.name].columns:
        _keep_taken(tables, problems)
    return tables


def _sheets(path: Path, problems: Problems) -> Iterator[tuple[Table, Sheet, int]]:
    if path.is_dir():
        for file in sorted(path.glob("*.csv")):
            form = BY_FILE.get(file.stem)
            if form is None:
                right = ", ".join(f"{name}.csv" for name in BY_FILE)
                problems.add(Place(file.name, file.name), wrong("sheet_unknown", right=right))
            else:
                delimited = DelimitedBook(file, None, ",")
                yield Table(form, file.name), delimited.sheet, delimited.epoch
        return
    _require_small(path)
    book = open_book(path, None, None)
    try:
        yield from _of_book(book, problems)
    finally:
        book.close()


def _of_book(book: Book, problems: Problems) -> Iterator[tuple[Table, Sheet, int]]:
    by_name = {fold(name): form for name, form in BY_NAME.items()}
    for name in book.hidden:
        if fold(name) in by_name:
            problems.add(Place(name, name), wrong("sheet_hidden"))
    for sheet in book.sheets:
        name = sheet.name or ""
        form = by_name.get(fold(name))
        if form is not None:
            yield Table(form, None), sheet, book.epoch
        elif fold(name) != fold(GUIDE) and not name.startswith(REMARK):
            problems.add(Place(name, name), wrong("sheet_unknown", right=", ".join(BY_NAME)))


def _require_small(path: Path) -> None:
    """Raises Invalid `file_unreadable` for an archive that would fill the memory."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except (BadZipFile, OSError):
        return  # `open_book` says what it is
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_BYTES:
        text = wrong("file_too_large", right=MOST_ROWS).text
        raise Invalid("file_unreadable", f"{text.vi} / {text.en}")


def _read_sheet(table: Table, sheet: Sheet, epoch: int, problems: Problems) -> None:
    rows = iter(_filled(table, sheet, problems))
    header = next(rows, None)
    if header is None:
        return
    _read_header(table, header, problems)
    for row in rows:
        table.lines.append(_read_row(table, row, epoch, problems))
    _refuse_twins(table, problems)


def _filled(table: Table, sheet: Sheet, problems: Problems) -> Iterator[Row]:
    for row in sheet.rows(_MOST_COLUMNS):
        if row.number > MOST_ROWS:
            problems.add(table.place(row.number), wrong("file_too_large", right=MOST_ROWS))
            return
        if not all(map(is_blank, row.cells)):
            yield row


def _read_header(table: Table, header: Row, problems: Problems) -> None:
    by_heading = {fold(column.heading): column for column in table.form.columns}
    for position, cell in enumerate(header.cells):
        text = "" if is_blank(cell) else str(cell).strip().lstrip("\ufeff")
        if not text or text.startswith(REMARK):
            continue
        column = by_heading.get(fold(text))
        if column is None:
            right = ", ".join(column.heading for column in table.form.columns)
            problems.add(table.place(header.number), wrong("column_unknown", text, right))
        elif column.key in table.columns:
            problems.add(table.place(header.number, column.key), wrong("column_twice", text))
        else:
            table.columns[column.key] = position
    for column in table.form.columns:
        if (column.needed or column.key in table.form.key) and column.key not in table.columns:
            problems.add(table.place(header.number), wrong("column_missing", column.heading))


def _read_row(table: Table, row: Row, epoch: int, problems: Problems) -> Line:
    line = Line(table, row.number, {})
    for column in table.form.columns:
        position = table.columns.get(column.key)
        if position is None:
            if column.needed:
                line.bad.add(column.key)  # the header says that it is missing
            continue
        cell = row.cells[position] if position < len(row.cells) else None
        try:
            line.values[column.key] = _value(column, cell, epoch, is_csv=table.file is not None)
        except Wrong as refusal:
            line.bad.add(column.key)
            problems.add(line.place(column.key), refusal)
    return line


def _value(column: Column, cell: Any, epoch: int, *, is_csv: bool) -> Any:
    if is_blank(cell):
        if column.needed:
            raise missing(column)
        return column.fallback
    return read_cell(column, unguarded(cell) if is_csv and isinstance(cell, str) else cell, epoch)


def _refuse_twins(table: Table, problems: Problems) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for line in table.lines if table.form.key else ():
        if line.bad.intersection(table.form.key):
            continue
        key = key_of(table.form.key, line.values)
        if key in seen:
            line.bad.update(table.form.key)
            problems.add(line.place(table.form.key[0]), wrong("row_twice", right=seen[key]))
        seen.setdefault(key, line.number)


def words(line: Line, key: str, value: Any) -> str:
    """The value of a cell as the sheet writes it, for a message."""
    return shown(line.table.form.column(key), value) or "–"


def not_changeable(line: Line, key: str, stored: Any) -> Wrong:
    """The refusal of another value of a cell that only a new row can have."""
    return wrong("not_changeable", words(line, key, line.values[key]), words(line, key, stored))


def key_of(names: Sequence[str], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values of these columns."""
    return tuple(values.get(name) for name in names)


def _keep_taken(tables: dict[str, Table], problems: Problems) -> None:
    """Leaves out the procedures of a list to choose from that are not marked, with all their rows."""
    procedures = tables[PROCEDURES.name]
    left = {line.values.get("code") for line in procedures.lines if not line.values.get(TAKEN)}
    for form in SHEETS:
        of_procedure = form is PROCEDURES or "effective_from" in {column.key for column in form.columns}
        if of_procedure and (table := tables.get(form.name)) is not None:
            gone = {line.number for line in table.lines if line.values.get("code") in left}
            # Their cells are not decided yet.
            problems[:] = [item for item in problems if item.place.sheet != form.name or item.place.row not in gone]
            table.lines = [line for line in table.lines if line.values.get("code") not in left]
