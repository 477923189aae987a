"""Tables of old registers for imports: a mapping, rows, and files in the forms that offices have."""

import csv
import io
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from app.loading.cells import letters
from app.loading.imports.service import Summary, import_file
from app.loading.imports.sources import Options
from app.loading.tables.mapping import read_mapping
from tests.support.database_access import in_database
from tests.support.importer import AGENCY, NOW, Importer

HEADERS = (
    "Số hồ sơ", "Mã TTHC", "Họ và tên", "Số CCCD", "Điện thoại", "Ngày nhận", "Ngày có kết quả", "Kết quả",
    "Lý do", "Ngày trả", "Người nhận", "Lệ phí",
)  # fmt: skip
GOOD = (
    "21/0001", "1.004837", "Nguyễn Thị Hoa", "049185001234", "0905123456", "16/08/2021 08:30", "18/08/2021 10:00",
    "Đồng ý", "", "19/08/2021 09:00", "Nguyễn Thị Hoa", "50.000 đ",
)  # fmt: skip
MAPPING = """
[fields]
procedure = "Mã TTHC"
receiving_unit = { value = "20899" }
applicant.name = "Họ và tên"
applicant.identity_number = "Số CCCD"
applicant.phone = "Điện thoại"
fee = "Lệ phí"

[[external]]
system = "so-2021"
code = "Số hồ sơ"

[[events]]
action = "receive"
at = "Ngày nhận"

[[events]]
action = "finish"
at = "Ngày có kết quả"
outcome = "Kết quả"
reason = "Lý do"

[[events]]
action = "return"
at = "Ngày trả"
received_by = "Người nhận"

[values."Kết quả"]
"Đồng ý" = "granted"
"Từ chối" = "refused"
"""


def row(**changes: Any) -> list[Any]:
    """The good row with changes, by the column's letter."""
    cells: list[Any] = list(GOOD)
    for letter, value in changes.items():
        cells[ord(letter) - ord("A")] = value
    return cells


def csv_bytes(rows: Sequence[Sequence[Any]], separator: str = ",") -> bytes:
    """Rows as CSV in UTF-8."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode()


def save_xlsx(path: Path, rows: Sequence[Sequence[Any]], change: Callable[[Workbook], None] | None = None) -> Path:
    """Saves rows as the sheet "Sổ 2021" of a workbook, after `change`."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sổ 2021"
    for cells in rows:
        sheet.append(list(cells))
    if change:
        change(book)
    book.save(path)
    return path


class TableImporter(Importer):
    """Imports tables by the mapping."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.folder = folder
        self.mapping = MAPPING

    def load_rows(self, *rows: Sequence[Any], mapping: str | None = None, separator: str = ",") -> Summary:
        """Imports rows below the headers as CSV in UTF-8."""
        return self.load_bytes(csv_bytes([HEADERS, *rows], separator), mapping=mapping)

    def load_bytes(self, content: bytes, *, mapping: str | None = None, encoding: str | None = None) -> Summary:
        path = self.folder / "register.csv"
        path.write_bytes(content)
        return self.load_file(path, mapping=mapping, encoding=encoding)

    def load_xlsx(
        self, *rows: Sequence[Any], change: Callable[[Workbook], None] | None = None, mapping: str | None = None
    ) -> Summary:
        """Imports rows below the headers as XLSX."""
        path = save_xlsx(self.folder / "register.xlsx", [HEADERS, *rows], change)
        return self.load_file(path, mapping=mapping)

    def load_file(self, path: Path, *, mapping: str | None = None, encoding: str | None = None) -> Summary:
        file = self.folder / "mapping.toml"
        file.write_text(mapping or self.mapping, encoding="utf-8")
        options = Options(encoding=encoding, mapping=read_mapping(file))
        return in_database(
            self.url,
            lambda database: import_file(database, path, now=NOW, rejects=self.rejects, options=options),
        )

    def loaded(self, number: int = 1) -> dict[str, Any]:
        """The dossier with the number-th code that the import has issued for 16 August 2021."""
        return self.dossier(f"{AGENCY}-210816-{number:04d}")


# --- Letters of old systems -------------------------------------------------------------------------------------------

_TCVN3 = {letter: chr(code) for code, letter in letters.TCVN3_LETTERS.items()}
_VNI = {letter: written for written, letter in letters.VNI_LETTERS.items()}
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def in_tcvn3(text: str) -> str:
    """The text as fonts of TCVN3 show it; capitals have the codes of small letters."""
    letters_of = unicodedata.normalize("NFC", text)
    return "".join(_TCVN3.get(letter) or _TCVN3.get(letter.lower()) or letter for letter in letters_of)


def in_vni(text: str) -> str:
    """The text as fonts of VNI show it."""
    return "".join(_VNI.get(letter, letter) for letter in unicodedata.normalize("NFC", text))


def in_windows_1258(text: str) -> bytes:
    """The bytes of the text: a tone follows its letter, except in a few letters that have it."""
    return b"".join(map(_letter_in_windows_1258, unicodedata.normalize("NFC", text)))


def _letter_in_windows_1258(letter: str) -> bytes:
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        return (base + "".join(part for part in parts if part in _TONES)).encode("cp1258")


def moment(text: str) -> datetime:
    """A moment as spreadsheets store it."""
    return datetime.fromisoformat(text)
