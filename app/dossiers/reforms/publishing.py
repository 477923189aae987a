"""Publishes a year's calendar: stores a new revision and re-dates the open dossiers (rules §3)."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam

from app.access.callers import Caller
from app.catalogue.cache import Reference, load, touch
from app.catalogue.calendars import YearContent, append_revision, with_former_names
from app.catalogue.exclusion import exclusive_guard
from app.database import Connection, Prepared
from app.database.tables import dossiers
from app.domain.calendar import WorkingCalendar
from app.domain.due_dates import redate
from app.domain.lifecycle import Action, Entry, apply
from app.domain.state import Clock
from app.dossiers import recording
from app.dossiers.queries import Dossier, dossier_of, dossier_select
from app.dossiers.rows import EntryRecord

_CHUNK = 500

# Only a deadline with a date of the year in (receipt, due date] can change. A late step may end in the next year.
_TOUCHED = Prepared(
    dossier_select()
    .where(
        dossiers.c.open.is_(True),
        # The expected date of a dossier for another area follows too (rules §15).
        dossiers.c.clock.in_([Clock.RUNNING.value, Clock.NOT_STARTED.value]),
        dossiers.c.received_date <= bindparam("last_day"),
        dossiers.c.due_date >= bindparam("first_day"),
        dossiers.c.id > bindparam("after"),
    )
    .order_by(dossiers.c.id)
    .limit(_CHUNK)
)


@dataclass(frozen=True, slots=True)
class DeadlineChange:
    """One open dossier with a new deadline or provisional mark, and the data of the entry."""

    dossier: Dossier
    data: dict[str, Any]


async def publish(
    connection: Connection,
    caller: Caller,
    content: YearContent,
    now: datetime,
    expect: Callable[[int], None],
    *,
    tells_applicants: bool = False,
) -> list[DeadlineChange]:
    """Stores the year's next revision and re-dates the open dossiers; suspended ones follow when they resume.

    `expect` gets the number of the present revision, and refuses it if the client expects another. A publication
    without a change stores no revision.
    """
    await exclusive_guard(connection)
    await touch(connection)
    before = await load(connection)
    stored = before.years.get(content.year)
    expect(stored.number if stored else 0)
    content = _named(before, content)
    reference = before
    if _is_new(before, content):
        await append_revision(connection, content, now)
        reference = await load(connection)
    changes = []
    async for change in _changes(connection, reference, reference.calendar, content):
        await _record(connection, caller.client, change, now, notify=tells_applicants or reference.subscribed)
        changes.append(change)
    return changes


async def rehearse(connection: Connection, reference: Reference, content: YearContent) -> list[DeadlineChange]:
    """The changes that publishing would make; changes nothing."""
    calendar = reference.calendar.with_years([content.as_revision(0)])
    return [change async for change in _changes(connection, reference, calendar, content)]


def _named(reference: Reference, content: YearContent) -> YearContent:
    stored = reference.years.get(content.year)
    return replace(content, names=with_former_names(content, [stored.calendar.names] if stored else []))


def _is_new(reference: Reference, content: YearContent) -> bool:
    stored = reference.years.get(content.year)
    return stored is None or content.as_revision(stored.id) != stored.calendar


async def _changes(
    connection: Connection, reference: Reference, calendar: WorkingCalendar, content: YearContent
) -> AsyncIterator[DeadlineChange]:
    after = 0
    while True:
        rows = await connection.all(
            _TOUCHED, first_day=date(content.year - 1, 1, 1), last_day=date(content.year, 12, 31), after=after
        )
        for row in rows:
            dossier = dossier_of(connection.ring, row)
            state = dossier.state
            if state.procedure_version is None or state.received_at is None:
                continue
            law = reference.law(state.procedure_version, state.receiving_unit, state.received_at, calendar)
            data = redate(state, law, content.decision)
            if data is not None:
                yield DeadlineChange(dossier, data)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].id


async def _record(connection: Connection, client: str, change: DeadlineChange, now: datetime, *, notify: bool) -> None:
    before = change.dossier
    unit = before.state.responsible_unit
    entry = Entry(before.state.version + 1, Action.REDATE, now, now, unit, change.data)
    after = replace(before, state=apply(before.state, entry))
    await recording.record(connection, before, after, EntryRecord(entry, client, notify=notify))
