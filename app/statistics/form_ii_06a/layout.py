"""Layout of form II.06a/VPCP/KSTT on paper: heading, header in three levels, page, and places to sign."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.domain.localtime import local
from app.statistics.form_ii_06a.schemas import FormOut
from app.statistics.workbook import A4, LINE_HEIGHT

# Columns count from 0 as cells do; 3 to 14 of the form are C to N.
LAST_COLUMN = 13
# First and last row of the table's header with the column numbers, and the first line; rows count from 0.
HEADER_ROWS = (5, 8)
FIRST_LINE = 9

# In characters of the font; an A4 page in landscape has room for about their sum.
_WIDTHS = (6, 41, 11, 10, 12, 11, 11, 10, 10, 10, 11, 10, 10, 14)
# Letters of Vietnamese text per character of width, also in bold.
_LETTERS = 1.04
# In points, as all heights.
_HEADER_HEIGHTS = (20, 20, 40, 26)
_FOOT_LINES = 9
# The height of a page in landscape between the margins, once the columns fill its width; inches.
_MARGINS = {"left": 0.5, "right": 0.4, "top": 0.6, "bottom": 0.6}
_A4_INCHES = (11.69, 8.27)
_SHEET_INCHES = sum(7 * width + 5 for width in _WIDTHS) / 96
_PAGE_HEIGHT = (
    72
    * (_A4_INCHES[1] - _MARGINS["top"] - _MARGINS["bottom"])
    * _SHEET_INCHES
    / (_A4_INCHES[0] - _MARGINS["left"] - _MARGINS["right"])
)
_DOTS = "…………………………"

_COLUMN_NUMBERS = (
    *("(1)", "(2)", "(3)=(4)\n+(5)+(6)", "(4)", "(5)", "(6)", "(7)=(8)\n+(9)+(10)", "(8)", "(9)", "(10)"),
    *("(11)=(12)\n+(13)", "(12)", "(13)", "(14)"),
)
# Each label with its cells: first row, first column, last row, last column; rows count from the header's first.
_HEADER = (
    ("STT", (0, 0, 2, 0)),
    ("Số lượng hồ sơ tiếp nhận", (0, 2, 0, 5)),
    ("Tổng số", (1, 2, 2, 2)),
    ("Trong kỳ", (1, 3, 1, 4)),
    ("Trực tuyến", (2, 3, 2, 3)),
    ("Trực tiếp, dịch vụ bưu chính", (2, 4, 2, 4)),
    ("Từ kỳ trước", (1, 5, 2, 5)),
    ("Số lượng hồ sơ đã giải quyết", (0, 6, 0, 9)),
    ("Tổng số", (1, 6, 2, 6)),
    ("Trước hạn", (1, 7, 2, 7)),
    ("Đúng hạn", (1, 8, 2, 8)),
    ("Quá hạn", (1, 9, 2, 9)),
    ("Số lượng hồ sơ đang giải quyết", (0, 10, 0, 12)),
    ("Tổng số", (1, 10, 2, 10)),
    ("Trong hạn", (1, 11, 2, 11)),
    ("Quá hạn", (1, 12, 2, 12)),
    ("Rút, dừng giải quyết, chuyển đơn vị khác", (0, 13, 2, 13)),
)
_ROWS_ARE = {"fields": "Lĩnh vực giải quyết", "units": "Đơn vị giải quyết"}
_NOTE = (
    "Ghi chú: Cột (6) gồm cả hồ sơ nhận từ đơn vị khác trong kỳ. Cột (14) là hồ sơ rút, dừng giải quyết hoặc chuyển "
    "đơn vị khác trong kỳ. (3) = (7) + (11) + (14)."
)

_CELL: Mapping[str, Any] = {"border": 1, "valign": "vcenter"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "left": {"text_wrap": True, "valign": "top"},
    "form": {"bold": True, "valign": "top", "text_wrap": True},
    "title": {"bold": True, "font_size": 14, "align": "center", "valign": "vcenter", "text_wrap": True},
    "centred": {"align": "center", "valign": "vcenter", "text_wrap": True},
    "measure": {"italic": True, "align": "right", "valign": "vcenter"},
    "remark": {"italic": True, "align": "center", "valign": "vcenter", "text_wrap": True},
    "note": {"italic": True, "font_size": 10, "valign": "top", "text_wrap": True},
    "signer": {"bold": True, "align": "center"},
    "header": {**_CELL, "bold": True, "font_size": 10, "align": "center", "text_wrap": True},
    "column": {**_CELL, "italic": True, "font_size": 9, "align": "center", "text_wrap": True},
    "row number": {**_CELL, "align": "center"},
    "row name": {**_CELL, "text_wrap": True, "indent": 1},
    "row figure": {**_CELL, "align": "right", "indent": 1, "num_format": "#,##0"},
    "sum number": {**_CELL, "bold": True, "align": "center"},
    "sum name": {**_CELL, "bold": True, "text_wrap": True, "indent": 1},
    "sum figure": {**_CELL, "bold": True, "align": "right", "indent": 1, "num_format": "#,##0"},
}


def styles_of(book: Workbook) -> dict[str, Format]:
    """The formats by name."""
    return {name: book.add_format(dict(style)) for name, style in _STYLES.items()}


def set_page(sheet: Worksheet, last_row: int, height: float) -> None:
    """Sets A4 in landscape, one page wide, with the table's header on each page.

    `height` is that of all rows above the foot. The places to sign must be on the page of the table's end. If the foot
    alone would need one more page, everything is scaled down.
    """
    sheet.set_landscape()
    sheet.set_paper(A4)
    pages = _pages(height)
    sheet.fit_to_pages(1, 0 if _pages(height + _FOOT_LINES * LINE_HEIGHT) == pages else pages)
    sheet.set_margins(**_MARGINS)
    sheet.center_horizontally()
    sheet.repeat_rows(*HEADER_ROWS)
    sheet.print_area(0, 0, last_row, LAST_COLUMN)
    sheet.set_footer('&C&"Times New Roman,Regular"&9Trang &P/&N')
    sheet.freeze_panes(FIRST_LINE, 2)
    sheet.hide_gridlines(2)
    for number, width in enumerate(_WIDTHS):
        sheet.set_column(number, number, width)


def write_heading(sheet: Worksheet, form: FormOut, styles: Mapping[str, Format]) -> float:
    """Writes the number of the form, its title and period, reporter and receiver; returns the height in points."""
    reporter = f"Đơn vị báo cáo: {form.reporter}"
    receiver = f"Đơn vị nhận báo cáo: {form.receiver or _DOTS}"
    _merge(sheet, (0, 0, 1, 1), f"Biểu số {form.form}", styles["form"])
    _merge(sheet, (0, 2, 1, 9), form.title.upper(), styles["title"])
    _merge(sheet, (0, 10, 0, LAST_COLUMN), reporter, styles["left"])
    _merge(sheet, (1, 10, 2, LAST_COLUMN), receiver, styles["left"])
    _merge(sheet, (2, 2, 2, 9), _period(form), styles["centred"])
    if not form.ended:
        _merge(sheet, (3, 1, 3, LAST_COLUMN - 1), _until_now(form), styles["remark"])
    _merge(sheet, (4, 9, 4, LAST_COLUMN), "Đơn vị tính: Số hồ sơ TTHC", styles["measure"])
    heights = (
        _height(reporter, 10, LAST_COLUMN),
        _height(receiver, 10, LAST_COLUMN),
        _height(_period(form), 2, 9),
        LINE_HEIGHT,
        LINE_HEIGHT,
    )
    return _set_heights(sheet, 0, heights)


def write_table_head(sheet: Worksheet, form: FormOut, styles: Mapping[str, Format]) -> float:
    """Writes the labels in three levels and the numbers of the columns; returns the height in points."""
    first, numbers = HEADER_ROWS
    for label, (top, left, bottom, right) in (*_HEADER, (_ROWS_ARE[form.rows], (0, 1, 2, 1))):
        _merge(sheet, (first + top, left, first + bottom, right), label, styles["header"])
    for column, label in enumerate(_COLUMN_NUMBERS):
        sheet.write_string(numbers, column, label, styles["column"])
    return _set_heights(sheet, first, _HEADER_HEIGHTS)


def write_foot(sheet: Worksheet, row: int, styles: Mapping[str, Format]) -> int:
    """Writes the note on the columns and the places to sign, from a row on; returns the last row."""
    _merge(sheet, (row, 0, row, LAST_COLUMN), _NOTE, styles["note"])
    _merge(sheet, (row + 2, 8, row + 2, LAST_COLUMN), f"{_DOTS}, ngày …… tháng …… năm ………", styles["remark"])
    for left, right, signer, how in (
        (0, 3, "Người lập biểu", "(Ký, ghi rõ họ tên)"),
        (8, LAST_COLUMN, "Thủ trưởng đơn vị", "(Ký tên, đóng dấu)"),
    ):
        _merge(sheet, (row + 3, left, row + 3, right), signer, styles["signer"])
        _merge(sheet, (row + 4, left, row + 4, right), how, styles["remark"])
    # Room for the signatures, on the page too.
    return row + _FOOT_LINES - 1


def name_height(name: str) -> float:
    """The height of a line with this name, in points."""
    return _height(name, 1, 1)


def _merge(sheet: Worksheet, cells: tuple[int, int, int, int], text: str, style: Format) -> None:
    top, left, bottom, right = cells
    if (top, left) != (bottom, right):
        sheet.merge_range(top, left, bottom, right, "", style)
    # A text that begins like a formula stays a text.
    sheet.write_string(top, left, text, style)


def _set_heights(sheet: Worksheet, first: int, heights: Sequence[float]) -> float:
    for row, height in enumerate(heights, start=first):
        sheet.set_row(row, height)
    return sum(heights)


def _pages(height: float) -> int:
    """The number of pages; each further page repeats the table's header."""
    return 1 + max(0, ceil((height - _PAGE_HEIGHT) / (_PAGE_HEIGHT - sum(_HEADER_HEIGHTS))))


def _height(text: str, first: int, last: int) -> float:
    return LINE_HEIGHT * ceil(max(len(text), 1) / (_LETTERS * sum(_WIDTHS[first : last + 1]))) + 3


def _period(form: FormOut) -> str:
    between = f"ừ ngày {_day(form.period.first)} đến ngày {_day(form.period.last)}"
    return f"Kỳ báo cáo: {form.period.title} (T{between})" if form.period.title else f"Kỳ báo cáo: t{between}"


def _until_now(form: FormOut) -> str:
    at = local(form.as_of)
    return f"(Kỳ báo cáo chưa kết thúc, số liệu tính đến {at:%H} giờ {at:%M} phút ngày {_day(at.date())})"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
