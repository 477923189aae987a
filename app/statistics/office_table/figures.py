"""Figures of the office table: the on-time figures, receipts for another area, submissions in time (rules §11)."""

from datetime import datetime

from app.database import Connection
from app.domain.calendar import WorkingCalendar, WorkingSessions, at_minute, local_date
from app.domain.duties import checking_due
from app.statistics.office_table import queries
from app.statistics.office_table.late_duties import late_duties
from app.statistics.on_time.counts import RowCounts
from app.statistics.on_time.figures import count_and_change
from app.statistics.on_time.question import Question


async def office_figures(
    connection: Connection, question: Question, now: datetime
) -> tuple[RowCounts, datetime | None]:
    """The on-time figures and those of this table alone, with the last later change.

    These are `received.another_area`, `submitted.waiting_in_time` and the late duties.
    """
    counts, changed = await count_and_change(connection, question, now)
    for row in await queries.received_for_another_area(connection, question):
        counts.flows[0, question.row_keys[row.unit_id]]["received.another_area"] += row.number
    for duty in await late_duties(connection, question):
        counts.flows[0, question.row_keys[duty.unit]][duty.figure] += 1
    await _add_waiting_in_time(connection, question, counts)
    return counts, changed


async def _add_waiting_in_time(connection: Connection, question: Question, counts: RowCounts) -> None:
    as_of, reference = question.whole.as_of, question.reference
    # The calendar of that time: a later decision on days off changes no past figure (rules §11).
    calendar = reference.calendar_then((), as_of)
    since = _oldest_in_time(as_of, calendar, reference.known_sessions())
    for row in await queries.waiting_since(connection, question, since):
        sessions, _revision = reference.sessions(row.receiving_unit_id, row.submitted_at)
        if as_of <= checking_due(row.channel, row.submitted_at, calendar, sessions):
            counts.stocks[1, question.row_keys[row.unit_id]]["submitted.waiting_in_time"] += 1


def _oldest_in_time(as_of: datetime, calendar: WorkingCalendar, sessions: list[WorkingSessions]) -> datetime:
    """The start of a day before which every submission is late at `as_of`, under any of the sessions."""
    day = calendar.previous_working_day(local_date(as_of))
    while any(as_of <= checking_due("online", at_minute(day, 0), calendar, week) for week in sessions):
        day = calendar.previous_working_day(day)
    return at_minute(day, 0)
