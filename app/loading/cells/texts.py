"""Texts in cells: reads numbers and dates as the sheet shows them, and refuses what a program has garbled."""

import re
import unicodedata
from collections.abc import Container, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from app.loading.cells.damage import refuse_damaged_text
from app.loading.cells.letters import in_unicode, is_odd
from app.loading.cells.sentences import refusal

# Excel keeps 15 digits of a number.
_EXACT = 10**15
_ERROR_OF_EXCEL = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)")
_SHORTENED = re.compile(r"\d([.,]\d+)?E[+-]?\d+", re.ASCII | re.IGNORECASE)
# Tables write numbers as ="0123" or '0123 so that Excel keeps their zeros.
_KEPT_AS_TEXT = re.compile(r"=\"(.*)\"|'([\d .-]+)")


# Registers repeat names of officers, procedures and results.
_in_unicode = lru_cache(maxsize=20_000)(in_unicode)
_is_odd = lru_cache(maxsize=20_000)(is_odd)


class Uncalculated:
    """The cell of a formula that no program has calculated."""

    def __repr__(self) -> str:
        return "formula"


UNCALCULATED = Uncalculated()


def is_blank(cell: Any) -> bool:
    """True for an empty cell and for white space."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def tidy(cells: Sequence[Any], blank: Container[Any], letters: str | None) -> list[Any]:
    """The cells of a row in Unicode, None for those with white space and for `blank` ones."""
    return [
        None if cell in blank or (isinstance(cell, str) and cell.isspace()) else in_letters(cell, letters)
        for cell in cells
    ]


def in_letters(cell: Any, letters: str | None) -> Any:
    """The cell with its text in Unicode, NFC; other cells as they are."""
    if not isinstance(cell, str) or cell.isascii():
        return cell
    return _in_unicode(cell, letters) if letters else unicodedata.normalize("NFC", cell)


def text_of(cell: Any, pointer: str) -> str:
    """The text of a cell. Raises Invalid for errors of Excel, formulas without a value and damaged letters."""
    if isinstance(cell, str):
        text = cell.strip()
        if text[:1] in "=#'" and text:
            text = _plain(text, pointer)
        if not (text.isascii() and "?" not in text) and _is_odd(text):
            refuse_damaged_text(text, pointer)
        return text
    if cell is UNCALCULATED:
        raise refusal("formula_uncalculated", pointer)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else f"{cell:.15g}"
    if isinstance(cell, datetime) and cell.time() != time(0):
        return f"{cell:%d/%m/%Y %H:%M}"
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)


def exact_text_of(cell: Any, pointer: str) -> str:
    """The text of a cell with a code or a number that must be complete. Raises Invalid for a shortened one."""
    if isinstance(cell, date | time | timedelta):
        raise refusal("date_in_code", pointer, value=text_of(cell, pointer))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= _EXACT or (isinstance(cell, float) and not cell.is_integer()):
            raise refusal("digits_lost", pointer, value=f"{cell:.15g}")
        return str(int(cell))
    text = text_of(cell, pointer)
    if _SHORTENED.fullmatch(text):
        raise refusal("digits_lost", pointer, value=text)
    return text


def _plain(text: str, pointer: str) -> str:
    if _ERROR_OF_EXCEL.match(text):
        raise refusal("cell_of_excel", pointer, value=text)
    kept = _KEPT_AS_TEXT.fullmatch(text)
    return (kept[1] or kept[2] or "").strip() if kept else text
