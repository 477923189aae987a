"""Naive computation of deadlines, day by day and minute by minute, to compare the domain with."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone

from app.domain.deadline import ClockPolicy, LimitUnit, Suspension, TimeLimit
from tests.support.calendars import DAYS_OFF, MAKE_UP_DAYS

VIETNAM = timezone(timedelta(hours=7))
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SESSIONS = ((time(7, 0), time(11, 30)), (time(13, 30), time(17, 0)))


def worked(day: date) -> bool:
    return day in MAKE_UP_DAYS or (day.weekday() <= 4 and day not in DAYS_OFF)


def first_worked(day: date) -> date:
    while not worked(day):
        day += DAY
    return day


def in_session(at: datetime) -> bool:
    return worked(at.date()) and any(start <= at.time() < end for start, end in SESSIONS)


def first_in_session(at: datetime) -> datetime:
    while not in_session(at):
        at += MINUTE
    return at


def same_day(at: datetime) -> date:
    if worked(at.date()) and at.time() <= time(15, 0, 0):
        return at.date()
    return first_worked(at.date() + DAY)


def checked_by(submitted: datetime, channel: str) -> datetime:
    """By when a submission is checked: 8 working hours online, otherwise the end of the next working day."""
    at = submitted.astimezone(VIETNAM)
    if channel == "online":
        return _count_minutes(minute(at), 8 * 60, [])
    return datetime.combine(first_worked(at.date() + DAY), SESSIONS[-1][1], VIETNAM)


def later_month(day: date, months: int) -> date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def minute(at: datetime) -> datetime:
    return at.astimezone(VIETNAM).replace(second=0, microsecond=0)


def due(
    received: datetime,
    limit: TimeLimit,
    suspensions: Sequence[Suspension] = (),
    policy: ClockPolicy = ClockPolicy.EXCLUDE,
    extension: int = 0,
    cut_off: time | None = None,
) -> date | datetime:
    """The due date (for hours the due minute), with each suspension in order."""
    counted: list[Suspension] = []
    anchor = received.astimezone(VIETNAM)
    arrived = _count(anchor, limit, counted, extension, cut_off)
    for span in suspensions:
        in_hours = limit.unit is LimitUnit.WORKING_HOUR
        begun = minute(span.start) if in_hours else span.start.astimezone(VIETNAM).date()
        if span.end is None or begun > arrived or policy is ClockPolicy.RUN:
            continue
        ended = span.end.astimezone(VIETNAM)
        if policy is ClockPolicy.RESTART:
            anchor = ended
        else:
            counted.append(span)
        arrived = max(_count(anchor, limit, counted, extension, cut_off), _floor(ended, limit))
    return arrived


def _floor(ended: datetime, limit: TimeLimit) -> date | datetime:
    if limit.unit is LimitUnit.WORKING_HOUR:
        return first_in_session(minute(ended))
    if limit.unit is LimitUnit.SAME_DAY:
        return same_day(ended)
    return first_worked(ended.date())


def _count(
    anchor: datetime, limit: TimeLimit, left_out: list[Suspension], extension: int, cut_off: time | None
) -> date | datetime:
    if limit.unit is LimitUnit.WORKING_HOUR:
        return _count_minutes(minute(anchor), (limit.amount or 0) * 60, left_out)
    start, to_count = anchor.date(), (limit.amount or 0) + extension
    if cut_off is not None and (anchor.time() > cut_off or not worked(start)):
        start = first_worked(start + DAY)
    only_worked = limit.unit in (LimitUnit.WORKING_DAY, LimitUnit.SAME_DAY)
    if limit.unit is LimitUnit.MONTH:
        to_count = (later_month(start, limit.amount or 0) - start).days + extension
    if limit.unit is LimitUnit.SAME_DAY:
        start, to_count = same_day(anchor) - DAY, 1 + extension
    spans = [
        (span.start.astimezone(VIETNAM).date(), span.end.astimezone(VIETNAM).date()) for span in left_out if span.end
    ]
    day = start
    while to_count:
        day += DAY
        if (worked(day) or not only_worked) and not any(begun < day <= ended for begun, ended in spans):
            to_count -= 1
    return first_worked(day)


def _count_minutes(at: datetime, to_count: int, left_out: list[Suspension]) -> datetime:
    spans = [(minute(span.start), minute(span.end)) for span in left_out if span.end]
    while to_count:
        if in_session(at) and not any(begun <= at < ended for begun, ended in spans):
            to_count -= 1
        at += MINUTE
    return at
