"""Columns of a sheet: finds the header, and the column of each name in the mapping."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from app.domain.errors import Invalid
from app.loading.cells.texts import is_blank
from app.text_input import fold

# The name of the sheet as a column of its own.
SHEET = "[sheet]"
# Rows at the top of a sheet that may have the header.
TOP = 50
_BETWEEN_LEVELS = " / "


@lru_cache(maxsize=1024)
def letter_of(index: int) -> str:
    """The letters of a column as spreadsheets name it: 0 is A, 26 is AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def index_of(letters: str) -> int:
    """The index of the column with these letters."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


class Header:
    """The texts above the columns of a sheet. `row` is the last row of the header."""

    def __init__(self, row: int, texts: Sequence[str]) -> None:
        self.row = row
        self.texts = texts
        self._by_text: dict[str, list[int]] = defaultdict(list)
        for index, text in enumerate(texts):
            if text:
                self._by_text[fold(text)].append(index)

    def missing(self, names: Iterable[str]) -> list[str]:
        """The names that no column has."""
        return [name for name in dict.fromkeys(names) if not _is_letters(name) and fold(name) not in self._by_text]

    def index(self, name: str) -> int:
        """The index of a named column; -1 for the name of the sheet. Raises Invalid if the name fits several."""
        if name == SHEET:
            return -1
        if _is_letters(name):
            return index_of(name[1:-1])
        same = self._by_text[fold(name)]
        if len(same) > 1:
            letters = ", ".join(f"[{letter_of(index)}]" for index in same)
            raise Invalid("mapping_invalid", f"The header {name!r} stands over several columns: write {letters}.")
        return same[0]

    def nearest(self, name: str) -> str | None:
        """The header that is most like a missing name."""
        near = get_close_matches(fold(name), list(self._by_text), n=1, cutoff=0.6)
        return self.texts[self._by_text[near[0]][0]] if near else None


def _is_letters(name: str) -> bool:
    """True for [C] and for the name of the sheet."""
    return name == SHEET or (name[:1] == "[" and name[-1:] == "]" and name[1:-1].isalpha() and name[1:-1].isupper())


def header_of(top: Sequence[tuple[int, Sequence[Any]]], rows: Sequence[int] | None, names: Sequence[str]) -> Header:
    """The header of a sheet among its first rows: the named rows, or the first row with all names.

    Raises Invalid `mapping_invalid` with the missing names, and for each the header that is most like it.
    """
    if rows is not None:
        header = joined_header([cells for row, cells in top if row in rows], max(rows))
    else:
        headers = [Header(row, [_text(cell) for cell in cells]) for row, cells in top]
        header = min(headers, key=lambda header: len(header.missing(names)), default=Header(0, []))
    missing = header.missing(names)
    if not missing:
        return header
    shown = []
    for name in missing:
        near = header.nearest(name)
        shown.append(f"{name!r} (there is {near!r})" if near else repr(name))
    raise Invalid(
        "mapping_invalid", f"Row {header.row} has no column {', '.join(shown)}. Name the header rows, or these columns."
    )


def joined_header(levels: Sequence[Sequence[Any]], last: int) -> Header:
    """The header of one or more rows: a text above stands for the columns to its right until the next one."""
    width = max((len(cells) for cells in levels), default=0)
    texts = [""] * width
    for number, cells in enumerate(levels):
        above = ""
        for index in range(width):
            text = _text(cells[index]) if index < len(cells) else ""
            if number < len(levels) - 1:
                above = text or (above if _is_below(levels, number, index) else "")
                text = above
            if text:
                texts[index] = f"{texts[index]}{_BETWEEN_LEVELS}{text}" if texts[index] else text
    return Header(last, texts)


def _is_below(levels: Sequence[Sequence[Any]], number: int, index: int) -> bool:
    """True if a lower level has a text in the column."""
    return any(index < len(cells) and not is_blank(cells[index]) for cells in levels[number + 1 :])


def _text(cell: Any) -> str:
    return "" if is_blank(cell) else " ".join(str(cell).split())
