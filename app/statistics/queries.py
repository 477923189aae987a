"""The rows behind the counts, where these do not tell enough: what lapses today, waits since lately, moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, column, func, literal_column, or_, select, values

from app.database import Connection, Instant, LocalDate, Row
from app.statistics.question import Period
from app.tables import dossiers, occurrences, spans
from app.tallies.counts import DOSSIER, EVERYTHING
from app.tallies.projection import OPEN, STEP, SUBMITTED
from app.tallies.reading import Wanted


@dataclass(frozen=True, slots=True)
class Edge:
    """The end of a period: what happened before `until` was carried out, `long_since` is the last full working day.

    `number` counts the edges, 0 being the first period's beginning.
    """

    number: int
    until: datetime
    long_since: datetime


async def lapsing(connection: Connection, wanted: Wanted, now: datetime, midnight: datetime) -> list[Row]:
    """What is open and becomes overdue after now, up to a midnight: `key`, `number`, and of them `unapologised`."""
    phase = STEP if wanted.subject == STEP else OPEN
    unapologised = func.count().filter(~spans.c.apology) if wanted.subject == DOSSIER else literal_column("0", Integer)
    statement = _of_spans(wanted, unapologised.label("unapologised")).where(
        spans.c.to_at.is_(None),
        spans.c.overdue_from > now,
        spans.c.overdue_from <= midnight,
        spans.c.phase == phase,
    )
    return await connection.all(statement)


async def submitted_lately(connection: Connection, wanted: Wanted, edges: Sequence[Edge]) -> list[Row]:
    """What was waiting to be received at each edge and submitted since `long_since`: `edge`, `key`, `number`."""
    if not edges or wanted.subject != DOSSIER:
        return []
    asked = values(
        column("number", Integer), column("until", Instant), column("long_since", Instant), name="edges"
    ).data([(edge.number, edge.until, edge.long_since) for edge in edges])
    edge = asked.cte("edges")
    statement = (
        _of_spans(wanted, edge.c.number.label("edge"), join_dossiers=True)
        .join(edge, (spans.c.from_at >= edge.c.long_since) & (spans.c.from_at < edge.c.until))
        .where(
            spans.c.phase == SUBMITTED,
            or_(spans.c.to_at.is_(None), spans.c.to_at >= edge.c.until),
            dossiers.c.submitted_at >= edge.c.long_since,
        )
        .group_by(edge.c.number)
    )
    return await connection.all(statement)


async def moves(connection: Connection, wanted: Wanted, periods: Sequence[Period], *, told_apart: bool) -> list[Row]:
    """The moves from or to the units, of what is filtered: `period` (its index), `unit_id`, `to_unit_id`, `number`.

    `key` is what tells rows apart where these are no units, with `told_apart`.
    """
    asked = values(
        column("number", Integer),
        column("first", LocalDate),
        column("last", LocalDate),
        name="periods",
    ).data([(number, one.first, one.last) for number, one in enumerate(periods)])
    period = asked.cte("periods")
    units = (occurrences.c.unit_id, occurrences.c.to_unit_id)
    keys = _keys(wanted, occurrences.c.unit_id) if told_apart else []
    shown = keys[0] if keys else literal_column(str(EVERYTHING), Integer)
    statement = (
        select(period.c.number.label("period"), *units, shown.label("key"), func.count().label("number"))
        .select_from(period)
        .join(occurrences, occurrences.c.date.between(period.c.first, period.c.last))
        .join(dossiers, dossiers.c.id == occurrences.c.dossier_id)
        .where(
            occurrences.c.kind == ("step_moved" if wanted.subject == STEP else "moved"),
            occurrences.c.to_unit_id.is_not(None),
            *_filters(wanted),
        )
        .group_by(period.c.number, *units, *keys)
    )
    if wanted.units is not None:
        statement = statement.where(or_(*(unit.in_(sorted(wanted.units)) for unit in units)))
    return await connection.all(statement)


def _of_spans(wanted: Wanted, *more: ColumnElement[Any], join_dossiers: bool = False) -> Select[Any]:
    """Spans of what is wanted, counted by `key`."""
    unit = spans.c.responsible_unit_id
    keys = _keys(wanted, unit)
    shown = keys[0] if keys else literal_column(str(EVERYTHING), Integer)
    statement = select(shown.label("key"), func.count().label("number"), *more).select_from(spans)
    if join_dossiers or wanted.by not in ("unit", None) or wanted.filters.keys() - {"unit"}:
        statement = statement.join(dossiers, dossiers.c.id == spans.c.dossier_id)
    if wanted.units is not None:
        statement = statement.where(unit.in_(sorted(wanted.units)))
    return statement.where(*_filters(wanted)).group_by(*keys)


def _keys(wanted: Wanted, unit: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """What tells the rows apart; nothing where they are months."""
    named: Mapping[str, ColumnElement[Any]] = {
        "unit": unit,
        "receiving": dossiers.c.receiving_unit_id,
        "procedure": dossiers.c.procedure_id,
        "channel": dossiers.c.channel,
    }
    return [named[wanted.by]] if wanted.by is not None else []


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What is filtered but for the unit that counts."""
    named: Mapping[ColumnElement[Any], frozenset[Any] | None] = {
        dossiers.c.receiving_unit_id: wanted.receiving,
        dossiers.c.procedure_id: wanted.procedures,
        dossiers.c.channel: wanted.channels,
    }
    return [column.in_(sorted(values)) for column, values in named.items() if values is not None]
