"""Opens a table file by its content: XLSX, or a text with separators."""

from pathlib import Path

from app.domain.errors import Invalid
from app.loading.tables.delimited import DelimitedBook
from app.loading.tables.sheets import Book
from app.loading.tables.workbooks import WorkbookBook

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_book(path: Path, encoding: str | None, separator: str | None) -> Book:
    """The sheets of the file. Raises Invalid `file_unreadable` or `encoding_unknown`."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_OLD_EXCEL):
        raise Invalid(
            "file_unreadable",
            "Tệp là .xls cũ hoặc có mật khẩu; mở bằng Excel, bỏ mật khẩu, lưu lại dưới dạng .xlsx. / "
            "The file is an old .xls or has a password; open it in Excel, remove the password, save it as .xlsx.",
        )
    return WorkbookBook(path, encoding) if head.startswith(_ZIP) else DelimitedBook(path, encoding, separator)
