"""Reads dates and times as registers write them: day first, a blank for T, dates alone, serial numbers of Excel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

from app.domain.errors import Invalid
from app.http.wire_types import FIRST_YEAR, LAST_YEAR
from app.loading.cells.sentences import refusal
from app.loading.cells.texts import text_of

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_CLOCK = r"(?P<hour>\d{1,2})(?:[:hg](?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?|[hg])\s*(?P<half>SA|CH|AM|PM)?"
_ZONE = r"\s*(?P<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?"
_YEAR_FIRST = r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
_DAY_FIRST = (
    r"(?:ngày\s*)?(?P<day>\d{1,2})(?:\s*[-/.]\s*|\s*tháng\s*)(?P<month>\d{1,2})(?:\s*[-/.]\s*|\s*năm\s*)(?P<year>\d+)"
)
_FORMS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for day in (_YEAR_FIRST, _DAY_FIRST)
    for form in (rf"{day}(?:(?:[T,\s]|\s*lúc\s*)\s*{_CLOCK}{_ZONE})?", rf"{_CLOCK}[,\s]\s*{day}{_ZONE}")
)
# 16082021 and 20210816. No eight digits are a date in both orders.
_DIGITS = re.compile(r"(?:(?P<year>(?:19|20)\d\d)(?P<month>0\d|1[0-2])(?P<day>[0-3]\d)|(\d\d)(\d\d)(\d{4}))", re.ASCII)
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
# Serial numbers from May 1927 to March 2201. Smaller ones are years and other numbers.
_SERIALS = range(10_000, 110_000)
_SERIAL_STARTS = {1900: datetime(1899, 12, 30), 1904: datetime(1904, 1, 1)}  # noqa: DTZ001 – Excel knows no zone


@dataclass(frozen=True, slots=True)
class DateForms:
    """How a file writes dates.

    `zone`: of times without one (None: refused). `hour`: of a date alone. `month_first`: 08/16/2021. `short_from`: the
    first of the hundred years that two digits mean (None: refused). `epoch`: the first year of serial numbers.
    """

    zone: timezone | None = None
    hour: time = time(8)
    month_first: bool = False
    short_from: int | None = None
    epoch: int = 1900


class Reading(NamedTuple):
    """A date as it was read: the time, None if only the day is known."""

    day: date
    at: time | None
    zone: timezone | None


VIETNAM = timezone(timedelta(hours=7))


def is_instant(value: Any) -> bool:
    """True for an instant in the form of the interface."""
    return isinstance(value, str) and _ISO.fullmatch(value) is not None


def read_date(value: Any, pointer: str, forms: DateForms) -> Reading:
    """The date in a cell or a field. Raises Invalid with a sentence about what is wrong and what would be right."""
    if isinstance(value, datetime):
        return _of_moment(value, pointer)
    if isinstance(value, date):
        return Reading(value, None, None)
    if isinstance(value, int | float) and not isinstance(value, bool) and value < max(_SERIALS) + 1:
        return _serial(float(value), pointer, forms)
    text = " ".join(text_of(value, pointer).split())
    if _SERIAL.fullmatch(text):
        return _serial(float(text), pointer, forms)
    if match := _DIGITS.fullmatch(text):
        text = "-".join(match.group("year", "month", "day") if match["year"] else match.group(4, 5, 6))
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _of_parts(match.groupdict(), text, pointer, forms)
    raise refusal("date_unclear", pointer, value=text)


def _serial(number: float, pointer: str, forms: DateForms) -> Reading:
    """A serial number of Excel."""
    if int(number) not in _SERIALS:
        raise refusal("date_unclear", pointer, value=f"{number:g}")
    moment = _SERIAL_STARTS[forms.epoch] + timedelta(seconds=round(number * 86_400))
    return _of_moment(moment, pointer)


def _of_moment(moment: datetime, pointer: str) -> Reading:
    """A date of a spreadsheet. Its fractions of a second come from rounding."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise refusal("date_unclear", pointer, value=f"{moment:%d/%m/%Y}")
    moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return Reading(moment.date(), moment.time() if moment.time() != time(0) else None, None)


def _of_parts(parts: Mapping[str, str | None], text: str, pointer: str, forms: DateForms) -> Reading:
    year, month, day = (int(parts[name] or 0) for name in ("year", "month", "day"))
    if len(parts["year"] or "") == len("21") and forms.short_from is not None:
        year = forms.short_from + (year - forms.short_from) % 100
    elif len(parts["year"] or "") != len("2021"):
        raise refusal("year_short", pointer, value=text)
    if forms.month_first and parts.get("mark") is None:
        day, month = month, day
    if month > 12 >= day and parts.get("mark") is None and not forms.month_first:
        raise refusal("month_first", pointer, value=text, right=f"{month:02}/{day:02}/{year}")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise refusal("date_unclear", pointer, value=text)
    try:
        on = date(year, month, day)
    except ValueError:
        raise refusal("no_such_day", pointer, value=text) from None
    zone = _zone(parts.get("zone"))
    at = _clock(parts, text, pointer)
    return Reading(on, None if at == time(0) else at, zone)


def _clock(parts: Mapping[str, str | None], text: str, pointer: str) -> time | None:
    if parts.get("hour") is None:
        return None
    hour, half = int(parts["hour"] or 0), (parts.get("half") or "").upper()
    if half in ("CH", "PM") and hour < 12:
        hour += 12
    elif half in ("SA", "AM") and hour == 12:
        hour = 0
    try:
        return time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    except ValueError:
        raise refusal("no_such_hour", pointer, value=text) from None


def _zone(written: str | None) -> timezone | None:
    if not written:
        return None
    if written.upper() in ("Z", "UTC"):
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if written[0] == "-" else offset)


def instant_of(value: Any, pointer: str, forms: DateForms, last: datetime | None) -> tuple[datetime, bool]:
    """The instant of a value, and True if its hour was taken because only the date is known.

    The taken hour is not before `last`, the event before on the same day.
    """
    reading = read_date(value, pointer, forms)
    if reading.at is not None:
        zone = reading.zone or forms.zone
        if zone is None:
            raise refusal("zone_missing", pointer, value=str(value))
        return datetime.combine(reading.day, reading.at, zone), False
    zone = forms.zone or VIETNAM
    at = datetime.combine(reading.day, forms.hour, zone)
    if last is not None and at < last and last.astimezone(zone).date() == reading.day:
        at = last
    return at, True


def zone_from(text: str) -> timezone:
    """The offset of an option like +07:00. Raises Invalid for other texts."""
    if not re.fullmatch(r"Z|[+-]\d\d:\d\d", text):
        raise Invalid("mapping_invalid", f"{text!r} is no offset; it is written like +07:00.")
    return _zone(text) or UTC


def hour_from(text: str) -> time:
    """The hour of an option like 08:00. Raises Invalid for other texts."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Invalid("mapping_invalid", f"{text!r} is no hour; it is written like 08:00.") from None
