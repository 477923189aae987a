"""Guesses what a column has from its cells, and keeps its different values for the mapping."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from app.domain.codes import normalise_code, parse_code
from app.domain.errors import Invalid
from app.loading.cells.dates import DateForms, read_date
from app.loading.cells.texts import is_blank, text_of

# Different values that the mapping lists.
MOST_VALUES = 300
_LIKELY = 0.8
# Dates that are enough to tell that a program has exchanged days and months.
_ENOUGH = 5
_PROCEDURE = re.compile(r"\d\.\d{6}(\.\S+)?")
_IDENTITY = re.compile(r"\d{9}|\d{11,12}")
_TELEPHONE = re.compile(r"(\+?84|0)?[235789]\d{8,9}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY_MONTH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})\b")
_NAME = re.compile(r"[^\W\d_]+( [^\W\d_]+){1,5}")
_LOOSE = DateForms(short_from=1970)


@dataclass
class Contents:
    """What the cells of a column are."""

    filled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    # Dates of the spreadsheet up to the 12th, and other dates; texts with a day above 12, and other texts.
    dates: Counter[str] = field(default_factory=Counter)

    def add(self, cell: Any) -> None:
        """Counts a cell."""
        if is_blank(cell):
            return
        self.filled += 1
        try:
            text = text_of(cell, "")
        except Invalid:
            return
        if len(self.values) <= MOST_VALUES:
            self.values[text] += 1
        self.kinds[_kind(cell, text)] += 1
        self._add_date(cell, text)

    def _add_date(self, cell: Any, text: str) -> None:
        if isinstance(cell, date):
            self.dates["early" if cell.day <= 12 else "late"] += 1
        elif match := _DAY_MONTH.match(text):
            first, second = int(match[1]), int(match[2])
            self.dates["text day first" if first > 12 else "text month first" if second > 12 else "text early"] += 1
            self.dates["short"] += len(match[3]) == 2

    def is_mostly(self, kind: str) -> bool:
        """True if most cells are of the kind."""
        return self.filled > 0 and self.kinds[kind] >= _LIKELY * self.filled

    @property
    def is_swapped(self) -> bool:
        """True if a program has exchanged days and months where it could, and left the other dates as texts."""
        days = self.dates
        return (
            min(days["early"], days["text day first"]) >= _ENOUGH
            and not days["late"]
            and not days["text early"]
            and not days["text month first"]
        )


def _kind(cell: Any, text: str) -> str:
    if isinstance(cell, time):
        return "time"
    if _is_date(cell):
        return "date"
    if _PROCEDURE.fullmatch(text):
        return "procedure"
    if _is_code(text):
        return "code"
    digits = re.sub(r"[ .-]", "", text)
    if _TELEPHONE.fullmatch(digits) and len(digits) < 12:
        return "telephone"
    if _IDENTITY.fullmatch(digits):
        return "identity"
    if _MAIL.fullmatch(text):
        return "mail"
    return "name" if _NAME.fullmatch(text) and text == text.title() else "text"


def _is_date(cell: Any) -> bool:
    if isinstance(cell, date):
        return True
    if not isinstance(cell, str) or not re.search(r"\d\D+\d", cell):
        return False
    try:
        read_date(cell, "", _LOOSE)
    except Invalid:
        return _DAY_MONTH.match(cell) is not None
    return True


def _is_code(text: str) -> bool:
    try:
        parse_code(normalise_code(text))
    except Invalid:
        return False
    return True


OF_KIND = {
    "procedure": "procedure",
    "code": "code",
    "telephone": "applicant.phone",
    "identity": "applicant.identity_number",
    "mail": "applicant.email",
    "name": "applicant.name",
    "date": "receive.at",
}
