"""Workbooks (XLSX): a table with a title, columns that fit, a frozen header, and a page that prints one sheet wide."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from math import ceil
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import cell_autofit_width
from xlsxwriter.worksheet import Worksheet

from app.statistics.tables import TOTAL_KEY, Column, Line, Table

A4 = 9
# In points.
LINE_HEIGHT = 15
# In pixels, with room for the borders.
_LEAST_WIDTH, _MOST_WIDTH, _PADDING = 56, 300, 8
# The columns of the row's code and name stay in view.
_FROZEN_COLUMNS = 2

_CELL: Mapping[str, Any] = {"border": 1, "valign": "vcenter"}
_NUMBERS: Mapping[str, str] = {"number": "#,##0", "decimal": "#,##0.00##", "rate": "0.00%"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "text_wrap": True, "valign": "vcenter"},
    "line": {"text_wrap": True, "valign": "vcenter"},
    "note": {"italic": True, "font_size": 10, "text_wrap": True, "valign": "top"},
    "header": {**_CELL, "bold": True, "align": "center", "text_wrap": True},
    "text": {**_CELL, "text_wrap": True},
    **{name: {**_CELL, "num_format": shown} for name, shown in _NUMBERS.items()},
    "total text": {**_CELL, "bold": True, "text_wrap": True},
    **{f"total {name}": {**_CELL, "bold": True, "num_format": shown} for name, shown in _NUMBERS.items()},
}


@contextmanager
def new_workbook(title: str, subject: str, created: datetime) -> Iterator[tuple[Workbook, io.BytesIO]]:
    """A workbook in memory in the letters of official papers, and its bytes once the block has ended.

    `created` is fixed by the caller: the moment of writing would make each workbook another one.
    """
    written = io.BytesIO()
    options = {"in_memory": True, "default_format_properties": {"font_name": "Times New Roman", "font_size": 11}}
    with Workbook(written, options) as book:
        utc = created.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": title, "subject": subject, "created": utc})
        yield book, written


def as_workbook(table: Table, language: str) -> bytes:
    """The table with headings in "vi" or "en"; equal tables give equal bytes."""
    heading = table.heading
    with new_workbook(heading.title, "; ".join(heading.lines), heading.as_of) as (book, written):
        _TableSheet(book, table, language).write()
    return written.getvalue()


class _TableSheet:
    """The one sheet of a table's workbook: heading, header, lines and notes from top to bottom."""

    def __init__(self, book: Workbook, table: Table, language: str) -> None:
        self._sheet: Worksheet = book.add_worksheet("Motcua")
        self._styles: dict[str, Format] = {name: book.add_format(dict(style)) for name, style in _STYLES.items()}
        self._table = table
        self._language = language
        self._columns = [column for column in table.columns if not column.optional or _has_value(column, table.lines)]
        self._headings = [column.en if language == "en" else column.vi for column in self._columns]
        self._widths = [
            _width(column, heading, table.lines) for column, heading in zip(self._columns, self._headings, strict=True)
        ]

    def write(self) -> None:
        """Writes all rows, then sets what depends on their number."""
        for number, width in enumerate(self._widths):
            self._sheet.set_column_pixels(number, number, width)
        self._write_across(0, self._table.heading.title, "title")
        for row, text in enumerate(self._table.heading.lines, start=1):
            self._write_across(row, text, "line")
        header = len(self._table.heading.lines) + 2
        self._write_header(header)
        for row, line in enumerate(self._table.lines, start=header + 1):
            self._write_line(row, line)
        last = header + len(self._table.lines)
        for row, text in enumerate(self._table.notes, start=last + 2):
            self._write_across(row, text, "note")
            last = row
        self._set_page(header, last)

    def _write_header(self, row: int) -> None:
        lines = max(ceil(cell_autofit_width(h) / w) for h, w in zip(self._headings, self._widths, strict=True))
        self._sheet.set_row(row, LINE_HEIGHT * (lines + 1))
        for number, heading in enumerate(self._headings):
            self._sheet.write_string(row, number, heading, self._styles["header"])

    def _write_line(self, row: int, line: Line) -> None:
        is_total = line.get("key") == TOTAL_KEY
        for number, column in enumerate(self._columns):
            value = line.get(column.name)
            style = self._styles[f"total {column.style}" if is_total else column.style]
            # The name of the total is enough: its key is for programs.
            if value is None or (is_total and column.name == "key"):
                self._sheet.write_blank(row, number, None, style)
            elif column.style == "text":
                # A code stays text with its zeros and points, and a text that begins like a formula stays text.
                self._sheet.write_string(row, number, str(value), style)
            else:
                self._sheet.write_number(row, number, value, style)

    def _write_across(self, row: int, text: str, style: str) -> None:
        """A text over the whole width of the table, in as many lines as it takes."""
        self._sheet.set_row(row, self._height(text, style))
        if len(self._columns) > 1:
            self._sheet.merge_range(row, 0, row, len(self._columns) - 1, "", self._styles[style])
        self._sheet.write_string(row, 0, text, self._styles[style])

    def _height(self, text: str, style: str) -> float:
        size = _STYLES[style].get("font_size", 11) / 11
        lines = ceil(size * cell_autofit_width(text) / sum(self._widths))
        return float(LINE_HEIGHT * size * lines + 3)

    def _set_page(self, header: int, last: int) -> None:
        sheet = self._sheet
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.repeat_rows(header)
        sheet.print_area(0, 0, last, len(self._columns) - 1)
        sheet.set_footer(f"&C&9{'Page' if self._language == 'en' else 'Trang'} &P/&N")
        sheet.freeze_panes(header + 1, _FROZEN_COLUMNS)
        sheet.hide_gridlines(2)


def _has_value(column: Column, lines: Sequence[Line]) -> bool:
    return any(line.get(column.name) is not None for line in lines)


def _width(column: Column, heading: str, lines: Sequence[Line]) -> int:
    """The pixels for the longest value and for the longest word of the heading, within bounds."""
    values = {_shown(line.get(column.name), column.style) for line in lines}
    longest: int = max(cell_autofit_width(text) for text in (*values, *heading.split()))
    return min(max(longest + _PADDING, _LEAST_WIDTH), _MOST_WIDTH)


def _shown(value: Any, style: str) -> str:
    if value is None:
        return ""
    if style == "text":
        return str(value)
    return f"{value:.2%}" if style == "rate" else f"{value:,.2f}" if style == "decimal" else f"{value:,}"
