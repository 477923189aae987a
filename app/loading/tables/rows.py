"""Tells the rows of dossiers from titles, numbers of columns, totals and signatures between and below them."""

import re
from collections import Counter
from collections.abc import Container, Sequence
from typing import Any

from app.text_input import fold

_TOTAL = re.compile(r"(tong|cong|tong cong|tong so|cong trang|cong don|luy ke|mang sang|chuyen trang|total)\b")
# (1), 2, A, B: the numbers of columns below the header of a form.
_COLUMN_NUMBER = re.compile(r"\(?(\d{1,2}|[A-Za-z])\)?( ?= ?.*)?")
BLANK, HEADING, NUMBERS, HEADER, TOTAL = "blank", "heading", "column numbers", "header", "total"


def kind_of_row(
    cells: Sequence[Any], dated: Container[int], named: Container[int], header: Sequence[str]
) -> str | None:
    """The kind of a row that is no dossier, None for a dossier. Blank cells are None.

    `dated`: the columns with the time of the first event. `named`: those with the name of the applicant.
    """
    filled = [index for index, cell in enumerate(cells) if cell is not None]
    if not filled:
        return BLANK
    if len(filled) == 1:
        return HEADING
    dates = [cells[index] for index in filled if index in dated]
    if dates and not _COLUMN_NUMBER.fullmatch(str(dates[0])):
        return HEADER if _repeats(cells, filled, header) else None
    texts = [fold(str(cells[index])) for index in filled]
    if len(texts) > 2 and all(_COLUMN_NUMBER.fullmatch(text) for text in texts):
        return NUMBERS
    if not dates and any(_TOTAL.match(text) for text in texts):
        return TOTAL
    return None if dates or any(index in named for index in filled) else HEADING


def _repeats(cells: Sequence[Any], filled: Sequence[int], header: Sequence[str]) -> bool:
    return all(index < len(header) and " ".join(str(cells[index]).split()) == header[index] for index in filled)


def skipped_notes(skipped: Counter[tuple[str, str]], first: dict[tuple[str, str], int]) -> list[str]:
    """Lines of the summary about rows that are no dossiers, without the blank ones."""
    return [
        f"{count} rows skipped as {kind}{f' in {sheet}' if sheet else ''}, the first is row {first[sheet, kind]}"
        for (sheet, kind), count in sorted(skipped.items())
        if kind != BLANK
    ]
