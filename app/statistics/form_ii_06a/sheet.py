"""Workbook of form II.06a/VPCP/KSTT: one sheet with sums as formulas that carry their values."""

from collections.abc import Mapping, Sequence

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from app.statistics.form_ii_06a.layout import (
    FIRST_LINE,
    LAST_COLUMN,
    name_height,
    set_page,
    styles_of,
    write_foot,
    write_heading,
    write_table_head,
)
from app.statistics.form_ii_06a.schemas import FormLineOut, FormOut
from app.statistics.workbook import new_workbook

_FIRST_FIGURE = 2
# Columns that are the sum of others of their row: first and last of these, all counted from 0.
_SUMS = {2: (3, 5), 6: (7, 9), 10: (11, 12)}


def as_workbook(form: FormOut) -> bytes:
    """The form in its official layout; equal forms give equal bytes."""
    with new_workbook(form.title, form.form, form.as_of) as (book, written):
        sheet, styles = book.add_worksheet("II.06a"), styles_of(book)
        height = write_heading(sheet, form, styles) + write_table_head(sheet, form, styles)
        _write_lines(sheet, form.lines, styles)
        total = FIRST_LINE + len(form.lines)
        _write_line(sheet, total, form.total, _rows_of_total(form.lines), styles)
        height += sum(name_height(line.name) for line in (*form.lines, form.total))
        set_page(sheet, write_foot(sheet, total + 1, styles), height)
    return written.getvalue()


def figures_of(line: FormLineOut) -> list[int]:
    """Columns 3 to 14 of a line, in order."""
    parts = (line.received, line.resolved, line.pending)
    return [*(value for part in parts for value in part.model_dump().values()), line.ended_or_moved]


def _write_lines(sheet: Worksheet, lines: Sequence[FormLineOut], styles: Mapping[str, Format]) -> None:
    for number, line in enumerate(lines):
        beneath = []
        if line.line == "subtotal":
            size = sum(other.line == "row" and other.group == line.group for other in lines)
            beneath = [(FIRST_LINE + number + 1, FIRST_LINE + number + size)]
        _write_line(sheet, FIRST_LINE + number, line, beneath, styles)


def _rows_of_total(lines: Sequence[FormLineOut]) -> list[tuple[int, int]]:
    """First and last of the rows in the total: the subtotals, or all rows without subtotals."""
    subtotals = [FIRST_LINE + number for number, line in enumerate(lines) if line.line == "subtotal"]
    if subtotals:
        return [(row, row) for row in subtotals]
    return [(FIRST_LINE, FIRST_LINE + len(lines) - 1)] if lines else []


def _write_line(
    sheet: Worksheet, row: int, line: FormLineOut, added: Sequence[tuple[int, int]], styles: Mapping[str, Format]
) -> None:
    """One line at a row; `added` are the rows that it sums, each from first to last."""
    style = "row" if line.line == "row" else "sum"
    sheet.set_row(row, name_height(line.name))
    sheet.write_string(row, 0, line.number, styles[f"{style} number"])
    sheet.write_string(row, 1, line.name, styles[f"{style} name"])
    for column, value in zip(range(_FIRST_FIGURE, LAST_COLUMN + 1), figures_of(line), strict=True):
        if added:
            areas = [_area((first, column), (last, column)) for first, last in added]
        else:
            areas = [_area((row, first), (row, last)) for first, last in (_SUMS[column],)] if column in _SUMS else []
        if areas:
            sheet.write_formula(row, column, f"=SUM({','.join(areas)})", styles[f"{style} figure"], value)
        else:
            sheet.write_number(row, column, value, styles[f"{style} figure"])


def _area(first: tuple[int, int], last: tuple[int, int]) -> str:
    """The cells from the first to the last as in formulas; each is a row and a column."""
    names = [f"{xl_col_to_name(column)}{row + 1}" for row, column in (first, last)]
    return names[0] if first == last else ":".join(names)
