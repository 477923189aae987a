"""On-time figures of each row: the rolled-up counts, and the few rows of today that they lack (rules §11)."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from app.database import Connection
from app.database.readiness import require_figures
from app.domain.localtime import at_minute, local_date
from app.rollups import queries as rollups
from app.rollups.facts import STEP
from app.rollups.increments import EVERYTHING, Counts
from app.statistics.on_time import queries
from app.statistics.on_time.counts import RowCounts
from app.statistics.on_time.queries import Edge
from app.statistics.on_time.question import BY_UNIT, Period, Question

_WAITING = "submitted.waiting"
_WAITING_LONG = "submitted.waiting_over_one_working_day"
_LATE_WITHOUT, _OVERDUE_WITHOUT = "finished.late_unapologised", "open.overdue_unapologised"


async def count_and_change(
    connection: Connection, question: Question, now: datetime
) -> tuple[RowCounts, datetime | None]:
    """All figures of the question, as from `count`, with the last later change, as from `changed_since`."""
    await require_figures(connection)
    pending = await rollups.pending(connection)
    counts = await _count(connection, question, pending)
    return counts, await _changed(connection, question, now, pending)


async def count(connection: Connection, question: Question) -> RowCounts:
    """All figures of the question; the connection must read one state of the database.

    Raises Unavailable `figures_behind` after a migration that left the counts to be made again.
    """
    await require_figures(connection)
    return await _count(connection, question, await rollups.pending(connection))


async def changed_since(connection: Connection, question: Question, now: datetime) -> datetime | None:
    """The last later change to the figures of an ended period; None without one (rules §11).

    A change is a correction, a backdated entry or an import. It concerns a unit that was counter, holder or responsible
    by then. Filters of channel and procedure do not matter here: a correction may have moved a dossier out of them.
    """
    return await _changed(connection, question, now, await rollups.pending(connection))


async def _count(connection: Connection, question: Question, pending: Counts) -> RowCounts:
    growth = await rollups.growth(connection, question.selection, question.stretches, pending)
    counts = RowCounts()
    counts.add(growth, question.row_keys)
    await _subtract_later_lapses(connection, question, counts)
    await _add_long_waits(connection, question, counts)
    if question.selection.subject == STEP:
        await _count_steps_without_apology(connection, question, counts)
    if question.basis != "receiving":
        await _add_moves(connection, question, counts, pending)
    return counts


async def _changed(connection: Connection, question: Question, now: datetime, pending: Counts) -> datetime | None:
    as_of, units = question.whole.as_of, question.counted_units
    if as_of >= now:
        return None
    dimension = "receiving" if question.basis == "receiving" else "unit"
    keys = (dimension, units) if units is not None else ("all", frozenset([EVERYTHING]))
    changed = await rollups.changed_late(connection, keys, question.stretches, pending)
    return changed if changed is not None and changed >= as_of else None


async def _subtract_later_lapses(connection: Connection, question: Question, counts: RowCounts) -> None:
    """Counts are as of ends of days; in a running period a dossier that lapses later today is not overdue yet."""
    last = question.periods[-1]
    midnight = at_minute(last.last + timedelta(days=1), 0)
    if last.as_of >= midnight:
        return
    edge = len(question.periods)
    for row in await queries.lapsing(connection, question.selection, last.as_of, midnight):
        figures = counts.stocks[edge, question.row_keys[row.key]]
        figures["open.overdue"] -= row.number
        figures[_OVERDUE_WITHOUT] -= row.unapologised


async def _add_long_waits(connection: Connection, question: Question, counts: RowCounts) -> None:
    """A dossier waits long if it was submitted before the last full working day and is still not received."""
    waiting = {edge for (edge, _), figures in counts.stocks.items() if edge and figures[_WAITING]}
    for (edge, _), figures in counts.stocks.items():
        if edge in waiting:
            figures[_WAITING_LONG] = figures[_WAITING]
    for edge in sorted(waiting):
        for row in await queries.submitted_lately(
            connection, question.selection, _edge(question, question.periods[edge - 1])
        ):
            counts.stocks[edge, question.row_keys[row.key]][_WAITING_LONG] -= row.number


async def _count_steps_without_apology(connection: Connection, question: Question, counts: RowCounts) -> None:
    """All late steps without those that have an apology of their own, which the rollups do not count."""
    for figures in counts.flows.values():
        figures[_LATE_WITHOUT] = figures["finished.late"]
    for figures in counts.stocks.values():
        figures[_OVERDUE_WITHOUT] = figures["open.overdue"]
    selection, keys = question.selection, question.row_keys
    if any(figures[_LATE_WITHOUT] for figures in counts.flows.values()):
        ends = [period.last for period in question.periods]
        whole = question.whole
        for row in await queries.late_steps_with_apology(connection, selection, whole.first, whole.last):
            counts.flows[bisect_left(ends, row.date), keys[row.key]][_LATE_WITHOUT] -= row.number
    overdue = {edge for (edge, _), figures in counts.stocks.items() if edge and figures[_OVERDUE_WITHOUT]}
    for edge in sorted(overdue):
        for row in await queries.overdue_steps_with_apology(connection, selection, question.periods[edge - 1]):
            counts.stocks[edge, keys[row.key]][_OVERDUE_WITHOUT] -= row.number


def _edge(question: Question, period: Period) -> Edge:
    """The end of a period; as with a limit of one working day, the day after submission must have passed."""
    # The calendar of that time: a later decision on days off changes no past figure (rules §11).
    calendar = question.reference.calendar_then((), period.as_of)
    return Edge(period.until, at_minute(calendar.previous_working_day(local_date(period.as_of)), 0))


class _Move(NamedTuple):
    """The number of dossiers that moved between two units in one period; `key` is the row where rows are not units."""

    period: int
    unit: int
    to_unit: int
    key: int | str
    number: int


async def _add_moves(connection: Connection, question: Question, counts: RowCounts, pending: Counts) -> None:
    """A move leaves one row and reaches another; within one row, or within the units of one filter, nothing moves.

    Where all units count together, each move both leaves and reaches them.
    """
    selection = question.selection
    by_unit = question.by in BY_UNIT or question.by == "month"
    if question.by not in BY_UNIT and "unit" not in selection.filters:
        return
    moves: Iterator[_Move]
    if by_unit and selection.filters.keys() <= {"unit"}:
        rolled_up = await rollups.moves(connection, selection.subject, question.stretches, pending)
        moves = (
            _Move(period, unit, to_unit, EVERYTHING, number)
            for period, number_of in enumerate(rolled_up)
            for (unit, to_unit), number in number_of.items()
        )
    else:
        rows = await queries.moves(connection, selection, question.periods, with_key=not by_unit)
        moves = (_Move(period, row.unit_id, row.to_unit_id, row.key, row.number) for period, row in rows)
    for move in moves:
        _add_move(question, counts, move)


def _add_move(question: Question, counts: RowCounts, move: _Move) -> None:
    units, keys, by_unit = question.counted_units, question.row_keys, question.by in BY_UNIT
    # A unit that does not count has no row.
    left = keys[move.unit if by_unit else move.key] if units is None or move.unit in units else None
    reached = keys[move.to_unit if by_unit else move.key] if units is None or move.to_unit in units else None
    if left == reached:
        return
    if left is not None:
        counts.flows[move.period, left]["moved_out"] += move.number
    if reached is not None:
        counts.flows[move.period, reached]["moved_in"] += move.number
