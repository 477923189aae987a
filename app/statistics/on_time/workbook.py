"""The on-time figures as a workbook: one sheet, a line for each row and one for the total."""

import io
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.statistics.on_time.formats import flat
from app.statistics.on_time.schemas import OnTimeOut, RowOut

# Each column by its name in the table, with its heading in Vietnamese and in English.
_COLUMNS: Mapping[str, tuple[str, str]] = {
    "key": ("Mã", "Code"),
    "name": ("Tên", "Name"),
    "received_total": ("Tiếp nhận", "Received"),
    "received_counter": ("trực tiếp", "at the counter"),
    "received_online": ("trực tuyến", "online"),
    "received_postal": ("bưu chính", "by post"),
    "carried_over": ("Kỳ trước chuyển sang", "Carried over"),
    "moved_in": ("Nhận từ đơn vị khác", "Moved in"),
    "finished_total": ("Đã giải quyết", "Finished"),
    "finished_early": ("trước hạn", "early"),
    "finished_on_time": ("đúng hạn", "on time"),
    "finished_late": ("quá hạn", "late"),
    "withdrawn_total": ("Rút", "Withdrawn"),
    "discontinued_total": ("Dừng giải quyết", "Discontinued"),
    "moved_out": ("Chuyển đơn vị khác", "Moved out"),
    "open_total": ("Đang giải quyết", "Open"),
    "open_overdue": ("đã quá hạn", "overdue"),
    "open_suspended": ("tạm dừng", "suspended"),
    "rate_of_finished_value": ("Tỷ lệ đúng hạn trên số đã giải quyết", "On-time rate of finished"),
    "rate_of_due_value": ("Tỷ lệ không quá hạn trên số phải giải quyết", "Rate of due not late"),
}
_HEADING_ROW = 2


def as_workbook(figures: OnTimeOut, language: str) -> bytes:
    """The figures as they are answered, headings in "vi" or "en"; the same figures give the same bytes."""
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        # Else it would be the moment of writing, and no two workbooks alike.
        book.set_properties({"created": figures.as_of.astimezone(UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet("on-time")
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
        sheet.write_string(0, 0, f"{figures.first} – {figures.last}", book.add_format({"bold": True}))
        for column, headings in enumerate(_COLUMNS.values()):
            sheet.write_string(_HEADING_ROW, column, headings[language == "en"], head)
        _write_rows(sheet, figures, {name: book.add_format(style) for name, style in _STYLES.items()})
        sheet.set_column(1, 1, 40)
        sheet.freeze_panes(_HEADING_ROW + 1, 2)
    return written.getvalue()


_STYLES: Mapping[str, Mapping[str, Any]] = {
    "text": {},
    "number": {"num_format": "#,##0"},
    "rate": {"num_format": "0.00%"},
}


def _write_rows(sheet: Worksheet, figures: OnTimeOut, styles: Mapping[str, Format]) -> None:
    rows: list[RowOut] = [*figures.rows, figures.total]
    for number, row in enumerate(rows, start=_HEADING_ROW + 1):
        values = flat(row)
        for column, name in enumerate(_COLUMNS):
            value = values[name]
            if isinstance(value, str):
                # As text, whatever it begins with.
                sheet.write_string(number, column, value, styles["text"])
            elif value is not None:
                sheet.write_number(number, column, value, styles["rate" if name.startswith("rate") else "number"])
