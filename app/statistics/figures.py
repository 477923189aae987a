"""Adds up what the queries counted: one set of figures for each row, and their total (rules §11)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.catalogue.reference import Reference
from app.database import Connection, Row
from app.domain.localtime import at_minute, local_date
from app.domain.working_days import CalendarMissing
from app.statistics.queries import Edge, Scope, anything_waited, happened, moves, standing
from app.statistics.question import BY_UNIT, Period, Question, counted_units, row_unit
from app.tallies.projection import OPEN

# Figures by name: `received.online`, `finished.late`, `open.overdue`, …; those not in it are zero.
Figures = Counter[str]
# What tells rows apart: a unit's id, a code or name, or the period's index where rows are months.
Key = int | str

_OF_KIND = {
    "submitted": "submitted.new",
    "declined": "submitted.declined",
    "unsubmitted": "submitted.withdrawn",
    "withdrawn": "withdrawn.total",
    "discontinued": "discontinued.total",
}


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
    """All figures that the question asks for, in three statements."""
    scope = scope_of(question, reference)
    periods = question.periods
    start = periods[0].start
    edges = [Edge(start, start, start), *[await _edge(connection, reference, period) for period in periods]]
    counted = Counted()
    keys = _Keys(question, reference)
    for row in await standing(connection, scope, edges):
        _add_standing(counted.stocks[row.edge, keys.of(row)], row)
    for row in await happened(connection, scope, periods):
        _add_happened(counted.flows[row.period, keys.of(row)], row)
    # Where all units count together, every move both leaves and reaches them.
    if question.basis == "responsible" and (question.by in BY_UNIT or scope.units is not None):
        _add_moves(counted, await moves(connection, scope, periods), keys, scope.units)
    return counted


def scope_of(question: Question, reference: Reference) -> Scope:
    """The question as the statements understand it."""
    units = counted_units(question, reference)
    return Scope(question.by, question.basis, units, question.procedures, question.channels)


async def _edge(connection: Connection, reference: Reference, period: Period) -> Edge:
    """Waiting too long is told like overdue of a limit of one working day: the first day after submission is over."""
    try:
        last_worked = reference.calendar.previous_working_day(local_date(period.as_of))
    except CalendarMissing:
        # Where nobody waited, the calendar of so far a year need not be known.
        if await anything_waited(connection, period.until):
            raise
        return Edge(period.as_of, period.until, period.as_of)
    return Edge(period.as_of, period.until, at_minute(last_worked, 0))


@dataclass(slots=True)
class _Keys:
    """From what the statements group by to what the rows stand for."""

    question: Question
    reference: Reference

    def of(self, row: Row) -> Key:
        return 0 if self.question.by == "month" else self.named(row.key)

    def named(self, key: int | str) -> Key:
        question, reference = self.question, self.reference
        if isinstance(key, str):
            return key
        if question.by in BY_UNIT:
            return row_unit(question, reference, key)
        procedure = reference.procedures[key]
        named: Mapping[str, str] = {
            "procedure": procedure.code,
            "field": procedure.field,
            "level": procedure.level,
        }
        return named[question.by]


def _add_standing(figures: Figures, row: Row) -> None:
    if row.phase != OPEN:
        figures["submitted.waiting"] += row.dossiers
        figures["submitted.waiting_over_one_working_day"] += row.waiting_long
        return
    figures["open.total"] += row.dossiers
    figures["open.overdue"] += row.overdue
    figures["open.suspended"] += row.suspended
    figures["late_without_apology"] += row.unapologised


def _add_happened(figures: Figures, row: Row) -> None:
    if row.kind == "received":
        figures[f"received.{row.channel}"] += row.dossiers
    elif row.kind == "finished":
        figures[f"finished.{row.verdict}"] += row.dossiers
        if row.overdue and not row.apology:
            figures["late_without_apology"] += row.dossiers
    else:
        figures[_OF_KIND[row.kind]] += row.dossiers
        if row.overdue:
            figures[f"{row.kind}.overdue"] += row.dossiers


def _add_moves(counted: Counted, rows: Iterable[Row], keys: _Keys, units: frozenset[int] | None) -> None:
    """Each move leaves one row and reaches another; within one row, or one filter's units, it is none."""
    for row in rows:
        leaves = units is None or row.unit_id in units
        reaches = units is None or row.to_unit_id in units
        if keys.question.by in BY_UNIT:
            left, reached = keys.named(row.unit_id), keys.named(row.to_unit_id)
        else:
            left = reached = keys.of(row)
        if leaves and reaches and left == reached:
            continue
        if leaves:
            counted.flows[row.period, left]["moved_out"] += row.dossiers
        if reaches:
            counted.flows[row.period, reached]["moved_in"] += row.dossiers
