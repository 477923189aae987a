"""Numbers in cells: amounts of money, and numbers of people whose leading zeros a spreadsheet has dropped."""

import re
from typing import Any

from app.loading.cells.sentences import refusal
from app.loading.cells.texts import exact_text_of, text_of

_CURRENCY = re.compile(r"\s*(đồng|đ|vnđ|vnd|₫)\.?\s*$", re.IGNORECASE)
# 1500, 1.500, 1,500.00 and 1 500: groups of three digits, and no part of a đồng.
_AMOUNT = re.compile(r"(\d+|\d{1,3}(?:[., ]\d{3})+)(?:[.,]0{1,2})?", re.ASCII)
_SPACED = re.compile(r"\d[\d .-]*\d", re.ASCII)
_HIGHEST_PROVINCE = 96


def whole_number(cell: Any, pointer: str) -> int:
    """The whole number in a cell, also with separators of thousands and đ. Raises Invalid for other content."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if isinstance(cell, float) and not cell.is_integer():
            raise refusal("number_unclear", pointer, value=f"{cell:.15g}")
        return int(cell)
    text = text_of(cell, pointer)
    match = _AMOUNT.fullmatch(_CURRENCY.sub("", text).replace("\u00a0", " "))
    if match is None:
        raise refusal("number_unclear", pointer, value=text)
    return int(re.sub(r"\D", "", match[1]))


def identity_number(cell: Any, pointer: str, *, is_person: bool) -> tuple[str, bool]:
    """The identity number in a cell, and True if its leading zeros were restored.

    Numbers of people have 9 or 12 digits, those of businesses 10 or 13. Only a number that names a province, with a
    century of living people, gets its zeros back.
    """
    text = _without_blanks(exact_text_of(cell, pointer))
    # Zeros are dropped together.
    if not text.isascii() or not text.isdigit() or text[0] == "0":
        return text, False
    if not is_person:
        return _filled(text, {9: 10, 12: 13})
    if len(text) in (10, 11) and _is_citizen(text.zfill(12)):
        return text.zfill(12), True
    return _filled(text, {8: 9})


def telephone(cell: Any, pointer: str) -> tuple[str, bool]:
    """The telephone number in a cell, and True if its leading zero was restored."""
    text = exact_text_of(cell, pointer)
    digits = _without_blanks(text)
    if re.fullmatch(r"[35789]\d{8}|2\d{9}", digits, re.ASCII):
        return f"0{text}", True
    return text, False


def _without_blanks(text: str) -> str:
    return re.sub(r"[ .-]", "", text) if _SPACED.fullmatch(text) else text


def _filled(text: str, lengths: dict[int, int]) -> tuple[str, bool]:
    length = lengths.get(len(text))
    return (text, False) if length is None else (text.zfill(length), True)


def _is_citizen(number: str) -> bool:
    """True for a number with a province, and a century of people who may live (Circular 59/2021/TT-BCA, article 4)."""
    return 1 <= int(number[:3]) <= _HIGHEST_PROVINCE and number[3] in "0123"
