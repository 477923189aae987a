"""Converts instants to local dates and minutes in Việt Nam, and back (rules §2)."""

from datetime import UTC, date, datetime, time, timedelta, timezone

from app.domain.errors import Invalid

# Việt Nam has had +07:00 without summer time since 1975, so a fixed offset needs no time zone database.
TZ = timezone(timedelta(hours=7), "+07:00")


def local(instant: datetime) -> datetime:
    """The same instant with the offset +07:00 (rules §2).

    Raises Invalid `offset_missing` without an offset, and `date_out_of_range` outside the years 1 to 9999.
    """
    zone = instant.tzinfo
    if zone is TZ:
        return instant
    if zone is not UTC and instant.utcoffset() is None:
        raise Invalid("offset_missing", "An instant needs an offset from UTC.")
    try:
        return instant.astimezone(TZ)
    except OverflowError:
        raise out_of_range() from None


def local_date(instant: datetime) -> date:
    """The local date of an instant in Việt Nam, independent of the server's time zone (rules §2)."""
    return local(instant).date()


def to_second(instant: datetime) -> str:
    """The local date and time as text for operators: `2026-11-30 14:05:00`."""
    return f"{local(instant):%Y-%m-%d %H:%M:%S}"


def at_minute(day: date, minute_of_day: int) -> datetime:
    """The instant of a minute of a local date; `minute_of_day` is 0 to 1439."""
    return datetime.combine(day, time(minute_of_day // 60, minute_of_day % 60), TZ)


def floor_minute(instant: datetime) -> datetime:
    """The beginning of the local minute of an instant: limits in hours compare whole minutes (rules §7)."""
    return local(instant).replace(second=0, microsecond=0)


def out_of_range() -> Invalid:
    """The refusal of a date outside the years 1 to 9999."""
    return Invalid("date_out_of_range", "The computation leaves the years 1 to 9999.")
