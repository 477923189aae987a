"""Figures of lateness: late results by cause, promises kept and broken, beside the on-time figures (rules §11)."""

from bisect import bisect_left
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import NamedTuple

from app.database import Connection, Row
from app.domain.localtime import at_minute, local_date
from app.rollups.increments import EVERYTHING
from app.statistics.lateness import queries
from app.statistics.on_time.counts import RowCounts
from app.statistics.on_time.figures import count_and_change
from app.statistics.on_time.question import BY_UNIT, Question

_DAY = timedelta(days=1)


class _Part(NamedTuple):
    """A part of a figure: the row that counts, and its number."""

    figure: str
    row: Row
    number: int


async def lateness_figures(
    connection: Connection, question: Question, now: datetime
) -> tuple[RowCounts, datetime | None]:
    """The on-time figures with `causes.…`, `promises.kept` and `promises.broken`, and the last later change."""
    counts, changed = await count_and_change(connection, question, now)
    ends = [period.last for period in question.periods]
    async for part in _parts(connection, question):
        key = question.row_keys[_key(question, part.row)]
        counts.flows[bisect_left(ends, part.row.day), key][part.figure] += part.number
    return counts, changed


async def _parts(connection: Connection, question: Question) -> AsyncIterator[_Part]:
    for row in await queries.causes(connection, question):
        yield _Part(f"causes.{row.cause}", row, row.number)
    for row in await queries.kept(connection, question):
        yield _Part("promises.kept", row, row.number)
    period = question.whole
    # A promised date has passed when its day is over.
    last = min(period.last, local_date(period.as_of) - _DAY)
    if last < period.first:
        return
    for row in await queries.under_way(connection, question, period.first, last, period.until):
        if _was_late_at_the_end_of(row):
            yield _Part("promises.broken", row, 1)


def _was_late_at_the_end_of(row: Row) -> bool:
    """True for the span that was under way and overdue when the promised day ended."""
    end: datetime = at_minute(row.day + _DAY, 0)
    under_way = row.from_at < end and (row.to_at is None or row.to_at >= end)
    return bool(under_way and row.overdue_from <= end)


def _key(question: Question, row: Row) -> int | str:
    if question.by in BY_UNIT:
        return int(row.unit_id)
    if question.by == "month":
        return EVERYTHING
    return str(row.channel) if question.by == "channel" else int(row.procedure_id)
