"""Adds up what is counted: one set of figures for each row, and their total (rules §11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.catalogue.cache import Reference
from app.database import Connection
from app.database.readiness import require_figures
from app.domain.localtime import at_minute, local_date
from app.rollups import queries as reading
from app.rollups.increments import EVERYTHING, Counts
from app.rollups.queries import Wanted
from app.statistics.on_time import queries
from app.statistics.on_time.counts import Counted, Key
from app.statistics.on_time.parameters import BY_UNIT, Period, Question, counted_units, row_unit
from app.statistics.on_time.queries import Edge

_WAITING = "submitted.waiting"
_WAITING_LONG = "submitted.waiting_over_one_working_day"


async def count(connection: Connection, question: Question, reference: Reference) -> Counted:
    """All figures that the question asks for, from the counts kept with each change and a few rows of today.

    To be read in one state of the database: a connection that reads a snapshot. Raises Unavailable `figures_behind`
    where a migration has left the counts to be made anew.
    """
    await require_figures(connection)
    more = await reading.pending(connection)
    wanted, keys = wanted_of(question, reference), _Keys(question, reference)
    days = _days(question.periods)
    counted = Counted()
    counted.add(await reading.growth(connection, wanted, days, more), keys.named)
    await _take_off_what_lapses_later(connection, question, wanted, counted, keys)
    await _add_long_waits(connection, question, wanted, counted, keys)
    if question.basis != "receiving":
        await _add_moves(connection, question, wanted, counted, keys, more)
    return counted


async def changed_since(
    connection: Connection, question: Question, reference: Reference, now: datetime
) -> datetime | None:
    """When the figures of a period that has ended were last changed from later; None where they were not (rules §11).

    By a correction, a backdated entry or an import, of the dossiers that the question may count: those of which one of
    its units was counter, holder or responsible by then. Whatever channel or procedure is asked for: a correction may
    have taken a dossier out of it.
    """
    as_of = question.whole.as_of
    if as_of >= now:
        return None
    units = counted_units(question, reference)
    dimension = "receiving" if question.basis == "receiving" else "unit"
    more = await reading.pending(connection)
    whose = (dimension, units) if units is not None else ("all", frozenset([EVERYTHING]))
    last = await reading.changed_late(connection, whose, question.whole.last, more)
    return last if last is not None and last >= as_of else None


def wanted_of(question: Question, reference: Reference) -> Wanted:
    """Which counts the question is about."""
    units = counted_units(question, reference)
    receiving = question.basis == "receiving"
    by = {**dict.fromkeys(BY_UNIT, "receiving" if receiving else "unit"), "channel": "channel", "month": None}
    return Wanted(
        subject="step" if question.basis == "step" else "dossier",
        by=by.get(question.by, "procedure"),
        units=None if receiving else units,
        receiving=units if receiving else None,
        procedures=question.procedures,
        channels=question.channels,
    )


def _days(periods: Sequence[Period]) -> list[date]:
    """The day before the first period, and the last of each: what happened between them belongs to the period."""
    first = periods[0].first
    return [first - timedelta(days=1) if first > date.min else first, *(period.last for period in periods)]


@dataclass(slots=True)
class _Keys:
    """From what is counted by to what the rows stand for."""

    question: Question
    reference: Reference

    def named(self, key: int | str) -> Key:
        question, reference = self.question, self.reference
        if question.by == "month" or isinstance(key, str):
            return EVERYTHING if question.by == "month" else key
        if question.by in BY_UNIT:
            return row_unit(question, reference, key)
        procedure = reference.procedures[key]
        named: Mapping[str, str] = {
            "procedure": procedure.code,
            "field": procedure.field,
            "level": procedure.level,
        }
        return named[question.by]


async def _take_off_what_lapses_later(
    connection: Connection, question: Question, wanted: Wanted, counted: Counted, keys: _Keys
) -> None:
    """Counts hold for ends of days; of a period that has not ended, what becomes overdue later today is not so yet."""
    last = question.periods[-1]
    midnight = _midnight_after(last.last)
    if last.as_of >= midnight:
        return
    edge = len(question.periods)
    for row in await queries.lapsing(connection, wanted, last.as_of, midnight):
        figures = counted.stocks[edge, keys.named(row.key)]
        figures["open.overdue"] -= row.number
        figures["late_without_apology"] -= row.unapologised


async def _add_long_waits(
    connection: Connection, question: Question, wanted: Wanted, counted: Counted, keys: _Keys
) -> None:
    """Of those waiting to be received, the ones submitted before the last full working day wait long."""
    waiting = {number for (number, _), figures in counted.stocks.items() if number and figures[_WAITING]}
    for (number, _), figures in counted.stocks.items():
        if number in waiting:
            figures[_WAITING_LONG] = figures[_WAITING]
    for number in sorted(waiting):
        edge = _edge(keys.reference, number, question.periods[number - 1])
        for row in await queries.submitted_lately(connection, wanted, edge):
            counted.stocks[number, keys.named(row.key)][_WAITING_LONG] -= row.number


def _edge(reference: Reference, number: int, period: Period) -> Edge:
    """Waiting too long is told like overdue of a limit of one working day: the first day after submission is over."""
    # Which days were worked as was known then: a later decision changes no past figure (rules §11).
    last_worked = reference.calendar_then((), period.as_of).previous_working_day(local_date(period.as_of))
    return Edge(number, period.until, at_minute(last_worked, 0))


async def _add_moves(
    connection: Connection, question: Question, wanted: Wanted, counted: Counted, keys: _Keys, more: Counts
) -> None:
    """Each move leaves one row and reaches another; within one row, or one filter's units, it is none.

    Where all units count together, every move both leaves and reaches them.
    """
    if question.by not in BY_UNIT and wanted.units is None:
        return
    by_unit = question.by in BY_UNIT or question.by == "month"
    if by_unit and wanted.procedures is None and wanted.channels is None:
        found = await reading.moves(connection, wanted.subject, _days(question.periods), more)
        for period, moved in enumerate(found):
            for (unit, to_unit), number in moved.items():
                _add_move(counted, keys, wanted, _Moved(period, unit, to_unit, EVERYTHING, number))
        return
    for period, row in await queries.moves(connection, wanted, question.periods, told_apart=not by_unit):
        _add_move(counted, keys, wanted, _Moved(period, row.unit_id, row.to_unit_id, row.key, row.number))


@dataclass(frozen=True, slots=True)
class _Moved:
    """So many in one period from one unit to another; `key` tells rows apart where these are no units."""

    period: int
    unit: int
    to_unit: int
    key: int | str
    number: int


def _add_move(counted: Counted, keys: _Keys, wanted: Wanted, one: _Moved) -> None:
    units = wanted.units
    leaves = units is None or one.unit in units
    reaches = units is None or one.to_unit in units
    by_unit = keys.question.by in BY_UNIT
    # A unit that is not counted is in no row.
    left = keys.named(one.unit if by_unit else one.key) if leaves else None
    reached = keys.named(one.to_unit if by_unit else one.key) if reaches else None
    if left == reached:
        return
    if left is not None:
        counted.flows[one.period, left]["moved_out"] += one.number
    if reached is not None:
        counted.flows[one.period, reached]["moved_in"] += one.number


def _midnight_after(day: date) -> datetime:
    return at_minute(day + timedelta(days=1), 0)
