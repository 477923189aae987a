"""Reads XLSX row by row, with the values that formulas had when the file was saved."""

import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.datetime import MAC_EPOCH

from app.domain.errors import Invalid
from app.loading.cells.letters import TCVN3, VNI, in_unicode
from app.loading.cells.texts import UNCALCULATED
from app.loading.tables.sheet_xml import SheetFacts, facts_of, sheet_paths
from app.loading.tables.sheets import Row

_FORMAT_WITH_ZEROS = re.compile(r"0{2,}")
# The fonts of TCVN3 and VNI by their names. A capital H ends the names of fonts of capitals.
_OLD_FONT = re.compile(r"\.Vn|VNI-")
_BROKEN = (BadZipFile, KeyError, ValueError, OSError, ParseError, IndexError, AttributeError, TypeError)


class WorkbookSheet:
    """A visible sheet of a workbook."""

    def __init__(self, sheet: Any, facts: SheetFacts, letters: str | None, *, by_fonts: bool) -> None:
        self._sheet = sheet
        self._facts = facts
        self._by_fonts = by_fonts
        self.name: str = sheet.title
        self.letters = letters

    def count(self) -> int:
        """The number of rows in the file."""
        return self._facts.rows

    def rows(self, width: int | None = None) -> Iterator[Row]:
        """The rows of the sheet. Each cell of a merged column has the value of the first."""
        above: dict[int, Any] = {}
        try:
            for number, cells in enumerate(self._sheet.iter_rows(max_col=width), start=1):
                values = [None if cell.value is None else self._value(cell) for cell in cells]
                self._complete(number, values, above)
                yield Row(number, values)
        except _BROKEN as error:
            raise unreadable(error) from None

    def _complete(self, number: int, values: list[Any], above: dict[int, Any]) -> None:
        """Fills merged cells from the first of them, and marks formulas without a value."""
        for column in self._facts.uncalculated.get(number, ()):
            values.extend([None] * (column + 1 - len(values)))
            values[column] = UNCALCULATED
        for column, first in self._facts.merged.get(number, {}).items():
            if first == number:
                above[column] = values[column] if column < len(values) else None
            else:
                values.extend([None] * (column + 1 - len(values)))
                values[column] = above.get(column)

    def _value(self, cell: Any) -> Any:
        value = cell.value
        if isinstance(value, str):
            return self._in_unicode(value, cell) if self._by_fonts and not value.isascii() else value
        if isinstance(value, int) and not isinstance(value, bool):
            form = cell.number_format
            if form and _FORMAT_WITH_ZEROS.fullmatch(form):
                return str(value).zfill(len(form))
        return value

    @staticmethod
    def _in_unicode(value: str, cell: Any) -> str:
        font = str(cell.font.name or "")
        if not _OLD_FONT.match(font):
            return value
        text = in_unicode(value, VNI if font.startswith("VNI-") else TCVN3)
        return text.upper() if font.startswith(".Vn") and font.endswith("H") else text


class WorkbookBook:
    """An XLSX file."""

    def __init__(self, path: Path, stated: str | None) -> None:
        # Parts of a workbook that are not read, such as checks of input, give warnings.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        # By its content, since a workbook may have any name.
        self._file = path.open("rb")
        try:
            self._workbook = load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
            with ZipFile(path) as archive:
                styles = archive.read("xl/styles.xml") if "xl/styles.xml" in archive.namelist() else b""
                paths = sheet_paths(archive)
                worksheets = [sheet for sheet in self._workbook.worksheets if sheet.title in paths]
                facts = {sheet.title: facts_of(archive, paths[sheet.title]) for sheet in worksheets}
        except _BROKEN as error:
            self._file.close()
            raise unreadable(error) from None
        self.epoch = 1904 if self._workbook.epoch == MAC_EPOCH else 1900
        letters = stated if stated in (TCVN3, VNI) else None
        by_fonts = stated is None and (b'".Vn' in styles or b'"VNI-' in styles)
        self.hidden = [sheet.title for sheet in worksheets if sheet.sheet_state != "visible"]
        self.sheets: Sequence[WorkbookSheet] = [
            WorkbookSheet(sheet, facts[sheet.title], letters, by_fonts=by_fonts)
            for sheet in worksheets
            if sheet.sheet_state == "visible"
        ]
        for sheet in worksheets:
            # The size that a program has written may be wrong, and would cut rows off.
            sheet.reset_dimensions()

    def close(self) -> None:
        """Close the file."""
        self._workbook.close()
        self._file.close()


def unreadable(error: Exception) -> Invalid:
    """The refusal of a file that is no workbook."""
    return Invalid(
        "file_unreadable",
        "Không đọc được tệp Excel; mở bằng Excel rồi lưu lại dưới dạng .xlsx. / "
        f"The workbook cannot be read ({type(error).__name__}); open it in Excel and save it as .xlsx.",
    )
