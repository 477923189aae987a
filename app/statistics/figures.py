"""Adds up what is counted: one set of figures for each row, and their total (rules §11)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.catalogue.reference import Reference
from app.database import Connection
from app.domain.localtime import at_minute, local_date
from app.statistics import queries
from app.statistics.queries import Edge
from app.statistics.question import BY_UNIT, Period, Question, counted_units, row_unit
from app.tables import FIGURES
from app.tallies import reading
from app.tallies.counts import EVERYTHING, Counts, Numbers
from app.tallies.reading import Growth, Wanted

# Figures by name: `received.online`, `finished.late`, `open.overdue`, …; those not in it are zero.
Figures = Counter[str]
# What tells rows apart: a unit's id, a code or name, or the period's index where rows are months.
Key = int | str

# What happened, and what stood, by the names of the answer.
_FLOWS: Mapping[str, str] = {
    "received_counter": "received.counter",
    "received_online": "received.online",
    "received_postal": "received.postal",
    "early": "finished.early",
    "on_time": "finished.on_time",
    "late": "finished.late",
    "unjudged": "finished.unjudged",
    "late_unapologised": "late_without_apology",
    "withdrawn": "withdrawn.total",
    "withdrawn_overdue": "withdrawn.overdue",
    "discontinued": "discontinued.total",
    "discontinued_overdue": "discontinued.overdue",
    "submitted": "submitted.new",
    "declined": "submitted.declined",
    "unsubmitted": "submitted.withdrawn",
}
_STOCKS: Mapping[str, str] = {
    "open": "open.total",
    "suspended": "open.suspended",
    "overdue": "open.overdue",
    "overdue_unapologised": "late_without_apology",
    "waiting": "submitted.waiting",
}
_FLOW_OF = {number: _FLOWS[name] for number, name in enumerate(FIGURES) if name in _FLOWS}
_STOCK_OF = {number: _STOCKS[name] for number, name in enumerate(FIGURES) if name in _STOCKS}
_WAITING = "submitted.waiting"
_WAITING_LONG = "submitted.waiting_over_one_working_day"


@dataclass(slots=True)
class Counted:
    """What happened per period and row, and what was waiting or open per edge and row; periods lie between edges."""

    flows: dict[tuple[int, Key], Figures] = field(default_factory=lambda: defaultdict(Counter))
    stocks: dict[tuple[int, Key], Figures] = field(default_factory=lambda: defaultdict(Counter))

    def rows(self, by_month: bool, periods: int) -> dict[Key, Figures]:
        """The figures of each row; a month is a period of its own."""
        if by_month:
            return {number: self.figures(number, 0) for number in range(periods)}
        return {key: self.figures(0, key) for key in {key for _, key in (*self.flows, *self.stocks)}}

    def total(self, periods: int) -> Figures:
        """The sum of the rows; over months what happened adds up, and what was open is that of the first and last."""
        total: Figures = Counter()
        for figures in self.flows.values():
            total.update(figures)
        for (edge, _), figures in self.stocks.items():
            if edge == periods:
                total.update(figures)
            if edge == 0:
                total["carried_over"] += figures["open.total"]
        return total

    def figures(self, period: int, key: Key) -> Figures:
        """What is counted of one row in one of the periods."""
        none: Figures = Counter()
        figures = self.flows.get((period, key), none) + self.stocks.get((period + 1, key), none)
        figures["carried_over"] = self.stocks.get((period, key), none)["open.total"]
        return figures


async def count(connection: Connection, question: Question, reference: Reference) -> Counted:
    """All figures that the question asks for, from the counts kept with each change and a few rows of today.

    To be read in one state of the database: a connection that reads a snapshot.
    """
    more = await reading.unfolded(connection)
    wanted, keys = wanted_of(question, reference), _Keys(question, reference)
    days = _days(question.periods)
    counted = Counted()
    _add_growth(counted, await reading.growth(connection, wanted, days, more), keys)
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
    more = await reading.unfolded(connection)
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


def _add_growth(counted: Counted, growth: Growth, keys: _Keys) -> None:
    """What stood at an edge is all that grew until then."""
    stood: dict[Key, Figures] = defaultdict(Counter)
    for edge, grown in enumerate(growth):
        for raw, numbers in grown.items():
            key = keys.named(raw)
            _add(stood[key], numbers, _STOCK_OF)
            if edge:
                _add(counted.flows[edge - 1, key], numbers, _FLOW_OF)
        for key, figures in stood.items():
            counted.stocks[edge, key] = Counter(figures)


def _add(figures: Figures, numbers: Numbers, names: Mapping[int, str]) -> None:
    for number, grown in numbers.items():
        if number in names:
            figures[names[number]] += grown


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
    last_worked = reference.calendar.previous_working_day(local_date(period.as_of))
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
