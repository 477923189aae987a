"""Facts of a sheet that its rows do not show while they are read: merged cells, and formulas without a value."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from zipfile import ZipFile

from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.workbook import WorkbookParser
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.xml.constants import ARC_CONTENT_TYPES, XLSM, XLSX, XLTM, XLTX
from openpyxl.xml.functions import fromstring, iterparse

_CHUNK = 1 << 18
# Longer than each tag that is looked for.
_OVERLAP = 256
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_ROW = re.compile(rb"<(?:\w+:)?row[ >/]")


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """The number of rows; by row and column the first row of merged cells; by row the columns of bare formulas."""

    rows: int = 0
    merged: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    uncalculated: Mapping[int, list[int]] = field(default_factory=dict)


def sheet_paths(archive: ZipFile) -> dict[str, str]:
    """The part of each worksheet in the archive, by the name of the sheet."""
    root: Any = fromstring(archive.read(ARC_CONTENT_TYPES))
    manifest: Any = Manifest.from_tree(root)
    part = next(filter(None, (manifest.find(kind) for kind in (XLSX, XLSM, XLTX, XLTM))), None)
    parser = WorkbookParser(archive, part.PartName[1:] if part else "xl/workbook.xml", keep_links=False)
    parser.parse()
    parts = set(archive.namelist())
    return {sheet.name: relation.target for sheet, relation in parser.find_sheets() if relation.target in parts}


def facts_of(archive: ZipFile, path: str) -> SheetFacts:
    """The facts of a sheet. Its cells are parsed only if it has formulas."""
    merged: dict[int, dict[int, int]] = defaultdict(dict)
    has_formulas, rows = False, 0
    with archive.open(path) as file:
        for chunk in _overlapping(file):
            rows += len(_ROW.findall(chunk))
            has_formulas = has_formulas or _FORMULA.search(chunk) is not None
            for match in _MERGED.finditer(chunk):
                _add_merged(merged, match[1].decode())
    uncalculated: dict[int, list[int]] = {}
    if has_formulas:
        with archive.open(path) as file:
            uncalculated = _uncalculated(file)
    return SheetFacts(rows, merged, uncalculated)


def _overlapping(file: IO[bytes]) -> Iterator[bytes]:
    kept = b""
    while chunk := file.read(_CHUNK):
        yield kept + chunk
        kept = chunk[-_OVERLAP:]


def _add_merged(merged: dict[int, dict[int, int]], reference: str) -> None:
    """Cells that are merged over several rows of one column. Those over several columns are headings."""
    left, top, right, bottom = (int(bound or 0) for bound in range_boundaries(reference))
    if left == right:
        for row in range(top, bottom + 1):
            merged[row][left - 1] = top


def _uncalculated(file: IO[bytes]) -> dict[int, list[int]]:
    cells: dict[int, list[int]] = defaultdict(list)
    for _event, element in iterparse(file):
        name = element.tag.rpartition("}")[2]
        if name == "c" and _has_only_formula(element):
            row, column = coordinate_to_tuple(element.get("r", ""))
            cells[row].append(column - 1)
        elif name == "row":
            element.clear()
    return dict(cells)


def _has_only_formula(cell: Any) -> bool:
    children = {child.tag.rpartition("}")[2]: child.text for child in cell}
    return "f" in children and not children.get("v") and "is" not in children
