"""Writes the rows of the sheets as a workbook and as CSV files. Equal rows give equal bytes."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from app.loading.reference.cells import written
from app.loading.reference.columns import SheetForm
from app.loading.reference.exporting import Rows
from app.loading.reference.forms import GUIDE, SHEETS

# A spreadsheet takes a text with such a first character for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CREATED = datetime(2018, 1, 1, tzinfo=UTC)
_WIDEST, _NARROWEST = 48, 12
_GUIDE = (
    "Mỗi sheet là một loại dữ liệu; tên sheet và tên cột giữ nguyên. Cột ghi chú riêng bắt đầu bằng #.",
    "Nhập lại tệp này: dòng mới được thêm, ô khác được sửa, dòng không có trong tệp giữ nguyên.",
    "Trước khi nhập nên xem thử: motcua reference import TỆP --dry-run.",
    "Each sheet is a kind of data. Importing adds new rows and changes cells; rows that are not here stay.",
)


def as_workbook(rows: Rows) -> bytes:
    """The sheets as XLSX. Texts are cells of texts, so that none becomes a formula."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": "Motcua", "created": _CREATED.replace(tzinfo=None)})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        day, plain = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "@"})
        _write_guide(book, bold, wrapped)
        for form in SHEETS:
            _write_sheet(book, form, rows, (bold, day, plain))
    return file.getvalue()


def _write_guide(book: Workbook, bold: Format, wrapped: Format) -> None:
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 1, 26)
    sheet.set_column(2, 2, 100)
    row = 0
    for text in _GUIDE:
        sheet.write_string(row, 0, text)
        row += 1
    for form in SHEETS:
        row += 1
        sheet.write_string(row, 0, form.name, bold)
        sheet.write_string(row, 2, form.about, wrapped)
        for column in form.columns:
            row += 1
            sheet.write_string(row, 1, column.heading)
            choices = f" ({', '.join(column.choices)})" if column.choices else ""
            needed = " Bắt buộc." if column.needed else ""
            sheet.write_string(row, 2, f"{column.about}{choices}{needed}", wrapped)
        row += 1


def _write_sheet(book: Workbook, form: SheetForm, rows: Rows, formats: tuple[Format, Format, Format]) -> None:
    bold, day, plain = formats
    sheet = book.add_worksheet(form.name)
    sheet.freeze_panes(1, 0)
    columns = [column for column in form.columns if not column.optional or _has(rows, form, column.key)]
    for number, column in enumerate(columns):
        sheet.write_string(0, number, column.heading, bold)
        sheet.set_column(number, number, min(_WIDEST, max(_NARROWEST, len(column.heading) + 2)), plain)
        for line, values in enumerate(rows.get(form.name, ()), start=1):
            cell = written(column, values.get(column.key))
            if isinstance(cell, str):
                sheet.write_string(line, number, cell, plain)
            elif isinstance(cell, date):
                sheet.write_datetime(line, number, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
            elif cell is not None:
                sheet.write_number(line, number, cell)


def _has(rows: Rows, form: SheetForm, key: str) -> bool:
    return any(key in values for values in rows.get(form.name, ()))


def as_csv(form: SheetForm, rows: Rows) -> bytes:
    """A sheet as CSV: UTF-8 with a byte order mark, and texts that no spreadsheet takes for a formula."""
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text)
    columns = [column for column in form.columns if not column.optional or _has(rows, form, column.key)]
    writer.writerow([column.heading for column in columns])
    for values in rows.get(form.name, ()):
        writer.writerow([_guarded(written(column, values.get(column.key))) for column in columns])
    return text.getvalue().encode()


def write_folder(folder: Path, rows: Rows) -> None:
    """Writes each sheet as a CSV file of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for form in SHEETS:
        (folder / f"{form.file}.csv").write_bytes(as_csv(form, rows))


def _guarded(cell: str | int | date | None) -> str | int:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith((*FORMULA, "'")) else cell
    return cell.isoformat() if isinstance(cell, date) else "" if cell is None else cell


def unguarded(text: str) -> str:
    """The text of a cell that `as_csv` wrote."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA, "'")) else text
