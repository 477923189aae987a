"""Reads dates and times as registers write them: day first, a blank for T, dates alone, serial numbers of Excel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

from app.domain.errors import Invalid
from app.http.wire_types import FIRST_YEAR, LAST_YEAR
from app.loading.cells.sentences import refusal

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
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 – Excel knows no time zone
_ONE_OF_EXCEL = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)")


@dataclass(frozen=True, slots=True)
class DateForms:
    """How a file writes dates: the zone of times without one (None: refused), and the hour of a date alone."""

    zone: timezone | None = None
    hour: time = time(8)


class Reading(NamedTuple):
    """A date as it was read: the time, None if only the day is known."""

    day: date
    at: time | None
    zone: timezone | None


VIETNAM = timezone(timedelta(hours=7))


def is_instant(value: Any) -> bool:
    """True for an instant in the form of the interface."""
    return isinstance(value, str) and _ISO.fullmatch(value) is not None


def read_date(value: Any, pointer: str) -> Reading:
    """The date in a cell or a field. Raises Invalid with a sentence about what is wrong and what would be right."""
    if isinstance(value, datetime):
        at = value.time().replace(microsecond=0)
        return Reading(value.date(), at if at != time(0) else None, None)
    if isinstance(value, date):
        return Reading(value, None, None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _serial(float(value), pointer)
    text = " ".join(str(value).split())
    if _SERIAL.fullmatch(text):
        return _serial(float(text), pointer)
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _of_parts(match.groupdict(), text, pointer)
    if _ONE_OF_EXCEL.match(text):
        raise refusal("cell_of_excel", pointer, value=text)
    raise refusal("date_unclear", pointer, value=text)


def _serial(number: float, pointer: str) -> Reading:
    """A serial number of Excel. Days before 1900 and after 2200 are mistakes."""
    if not 1 <= number < 110_000:
        raise refusal("date_unclear", pointer, value=f"{number:g}")
    moment = _SERIAL_START + timedelta(seconds=round(number * 86_400))
    return Reading(moment.date(), moment.time() if number % 1 else None, None)


def _of_parts(parts: Mapping[str, str | None], text: str, pointer: str) -> Reading:
    year, month, day = (int(parts[name] or 0) for name in ("year", "month", "day"))
    if len(parts["year"] or "") != len("2021"):
        raise refusal("year_short", pointer, value=text)
    if month > 12 >= day and parts.get("mark") is None:
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
    reading = read_date(value, pointer)
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
