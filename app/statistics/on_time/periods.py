"""Named periods: calendar months, quarters, half-years and years, and those of the statutory reports."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from app.domain.errors import Invalid
from app.http.wire_types import FIRST_YEAR, LAST_YEAR

_WRITTEN = re.compile(
    r"(?P<statutory>statutory-)?(?P<year>\d{4})(?:-(?:(?P<month>\d\d)|(?P<part>[QH][1-4])))?", re.ASCII
)
_ROMAN = ("I", "II", "III", "IV")

# The names of periods, for clients.
PERIOD_DESCRIPTION = (
    "instead of `from` and `to`: `2025-03` (month), `2025-Q1` (quarter), `2025-H1` (half-year) or `2025`; with "
    "`statutory-` before it as statutory reports have it, each month from the 15th of the one before to the 14th: "
    "`statutory-2025` is 15 December 2024 to 14 December 2025"
)
PeriodName = Annotated[str, StringConstraints(strict=True, max_length=40), Field(examples=["2025-Q1"])]


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """The months `month` to `last_month` (1–12) of a year.

    `statutory`: each month runs from the 15th of the month before to the 14th, as in the reports on procedures
    (Circular 01/2020/TT-VPCP).
    """

    year: int
    month: int
    last_month: int
    statutory: bool

    @property
    def first(self) -> date:
        """Its first local date."""
        if not self.statutory:
            return date(self.year, self.month, 1)
        return date(self.year, self.month - 1, 15) if self.month > 1 else date(self.year - 1, 12, 15)

    @property
    def last(self) -> date:
        """Its last local date, inside it."""
        end = 14 if self.statutory else monthrange(self.year, self.last_month)[1]
        return date(self.year, self.last_month, end)

    def title(self, language: str) -> str:
        """The title in reports, in "vi" or "en": `Quý I năm 2025`, `Quarter I of 2025`."""
        months, vietnamese = self.last_month - self.month + 1, language == "vi"
        if months == 1:
            return f"Tháng {self.month} năm {self.year}" if vietnamese else f"Month {self.month} of {self.year}"
        if months == 3:
            number = _ROMAN[self.month // 3]
            return f"Quý {number} năm {self.year}" if vietnamese else f"Quarter {number} of {self.year}"
        if months == 6:
            first_half = self.month == 1
            if vietnamese:
                return f"6 tháng {'đầu' if first_half else 'cuối'} năm {self.year}"
            return f"{'First' if first_half else 'Second'} half of {self.year}"
        return f"Năm {self.year}" if vietnamese else f"Year {self.year}"


def named_period(name: str) -> NamedPeriod:
    """The period of a name such as `2025-03`, `2025-Q1`, `2025-H1`, `2025`, `statutory-2025-Q1`.

    Raises Invalid `period_unknown` for any other text, and for years outside the range of dates.
    """
    match = _WRITTEN.fullmatch(name)
    months = _months(match["month"], match["part"]) if match else None
    if match is None or months is None or not FIRST_YEAR < int(match["year"]) <= LAST_YEAR:
        raise Invalid(
            "period_unknown",
            "A period is named like 2025-03, 2025-Q1, 2025-H1 or 2025, or like statutory-2025-Q1.",
            pointer="/period",
        )
    return NamedPeriod(int(match["year"]), *months, match["statutory"] is not None)


def dates(name: str | None, first: date | None, last: date | None) -> tuple[date | None, date | None]:
    """First and last date of a period given by name or by dates; missing dates stay None.

    Raises Invalid `period_twice` if both are given, and the refusals of `named_period`.
    """
    if name is None:
        return first, last
    if first is not None or last is not None:
        raise Invalid("period_twice", "Give either `period`, or `from` and `to`.", pointer="/period")
    period = named_period(name)
    return period.first, period.last


def _months(month: str | None, part: str | None) -> tuple[int, int] | None:
    """First and last month, None for a part that no year has."""
    if month is not None:
        return (int(month), int(month)) if 1 <= int(month) <= 12 else None
    if part is None:
        return 1, 12
    length, number = 3 if part[0] == "Q" else 6, int(part[1])
    return ((number - 1) * length + 1, number * length) if number * length <= 12 else None
