"""Searches a period for irregularities, part by part, in one state of the database."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from app.database import Connection, Row
from app.database.readiness import require_figures
from app.domain.calendar import WorkingCalendar
from app.domain.lifecycle import Action, Entry
from app.domain.localtime import at_minute
from app.statistics.irregularities import queries
from app.statistics.irregularities.corrected_dossiers import corrections_of, facts_of
from app.statistics.irregularities.counts import Findings, Scope
from app.statistics.irregularities.definitions import Irregularity, Thresholds
from app.statistics.irregularities.facts import Event, Finish, Reschedule, SupplementRequest, due_date_of
from app.statistics.irregularities.office_hours import OfficeHours
from app.statistics.on_time.question import Question


async def search(
    connection: Connection, question: Question, thresholds: Thresholds, opened: Irregularity | None = None
) -> Findings:
    """The findings in the period of the question for its units; `question` is monthly, which bounds each part.

    Raises Unavailable `figures_behind` as figures do.
    """
    await require_figures(connection)
    period = question.whole
    # The calendar of that time: a later decision on days off changes no past figure (rules §11).
    calendar = question.reference.calendar_then((), period.as_of)
    first, last = _matured(calendar, period.first, period.last, thresholds.unreturned_days)
    matured = at_minute(first, 0), at_minute(last + timedelta(days=1), 0)
    hours = OfficeHours(question.reference, calendar)
    findings = Findings(Scope(period, thresholds, hours, matured), opened)
    for begin, end in _parts(question, first):
        rows = await queries.finishes(connection, question, begin, end)
        suspensions = await queries.suspensions(connection, question, begin, end)
        # In a thread: other requests must not wait for the finishes of a large register.
        await asyncio.to_thread(_add_finishes, findings, rows, suspensions)
    await _add_rest(connection, question, findings)
    await asyncio.to_thread(findings.close)
    return findings


def _matured(calendar: WorkingCalendar, first: date, last: date, days: int) -> tuple[date, date]:
    """The dates of the finishes with results due for return, `days` working days later, in [first, last]."""
    return _days_before(calendar, first, days), _days_before(calendar, last + timedelta(days=1), days) - timedelta(1)


def _days_before(calendar: WorkingCalendar, day: date, days: int) -> date:
    for _ in range(days):
        day = calendar.previous_working_day(day)
    return day


def _parts(question: Question, first: date) -> Iterator[tuple[date, date]]:
    """The dates from the first relevant finish on, in parts."""
    if first < question.whole.first:
        yield first, question.whole.first - timedelta(days=1)
    for period in question.periods:
        yield period.first, period.last


def _add_finishes(findings: Findings, rows: Sequence[Row], suspensions: Sequence[Row]) -> None:
    suspended: dict[int, timedelta] = {}
    for dossier, begin, end in suspensions:
        suspended[dossier] = suspended.get(dossier, timedelta()) + (end - begin)
    none = timedelta()
    findings.add_finishes(
        Finish(
            _event(row),
            row.client,
            row.received_at,
            row.returned_at,
            int(suspended.get(row.dossier_id, none).total_seconds()),
        )
        for row in rows
    )


async def _add_rest(connection: Connection, question: Question, findings: Findings) -> None:
    journals = await queries.corrected_journals(connection, question)
    await asyncio.to_thread(_add_corrected, findings, journals, question)
    for row in await queries.entries_of(connection, question, Action.REQUEST_SUPPLEMENT):
        if row.dossier_id not in journals:
            findings.add(SupplementRequest(_event(row), due_date_of(row.overdue_from), bool(row.again)))
    for row in await queries.entries_of(connection, question, Action.RESCHEDULE):
        if row.dossier_id not in journals:
            findings.add(Reschedule(_event(row), bool(row.late)))


def _add_corrected(findings: Findings, journals: dict[int, list[Entry]], question: Question) -> None:
    for dossier, journal in journals.items():
        for fact in (*facts_of(dossier, journal, question.whole), *corrections_of(dossier, journal, question.whole)):
            if question.units is None or fact.event.unit in question.units:
                findings.add(fact)


def _event(row: Row) -> Event:
    return Event(row.dossier_id, row.number, row.unit_id, row.at, row.recorded_at, bool(row.imported))
