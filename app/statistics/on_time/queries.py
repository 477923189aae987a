"""Queries beside the rolled-up counts: dossiers that lapse later today, lately submitted ones, and filtered moves.

Each shape of a statement is made once: a subject, a key of the rows, a set of filters.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal_column, or_, select

from app.database import Connection, Instant, LocalDate, Prepared, Row
from app.database.tables import dossiers, occurrences, spans
from app.rollups.facts import OPEN, STEP, SUBMITTED
from app.rollups.increments import DOSSIER, EVERYTHING
from app.rollups.queries import Selection
from app.statistics.on_time.question import Period
from app.statistics.on_time.step_apologies import done_with_apology, open_with_apology, with_apology


class Edge(NamedTuple):
    """The end of a period: events before `until` count, and `long_since` begins its last full working day."""

    until: datetime
    long_since: datetime


async def lapsing(connection: Connection, selection: Selection, now: datetime, midnight: datetime) -> list[Row]:
    """The open dossiers that become overdue after now, up to a midnight: `key`, `number`, `unapologised` of them."""
    statement = _lapsing(selection.subject, selection.by, frozenset(selection.filters))
    return await connection.all(statement, now=now, midnight=midnight, **_values(selection))


async def submitted_lately(connection: Connection, selection: Selection, edge: Edge) -> list[Row]:
    """The dossiers that wait for receipt at an edge and were submitted since `long_since`: `key`, `number`."""
    statement = _submitted_lately(selection.by, frozenset(selection.filters))
    return await connection.all(statement, until=edge.until, long_since=edge.long_since, **_values(selection))


async def late_steps_with_apology(connection: Connection, selection: Selection, first: date, last: date) -> list[Row]:
    """The steps done late on these dates with an apology of their own: `key`, `date`, `number`."""
    statement = _late_steps_with_apology(selection.by, frozenset(selection.filters))
    return await connection.all(statement, first=first, last=last, **_values(selection))


async def overdue_steps_with_apology(connection: Connection, selection: Selection, period: Period) -> list[Row]:
    """The overdue steps under way at the period's end with an apology of their own: `key`, `number`."""
    statement = _overdue_steps_with_apology(selection.by, frozenset(selection.filters))
    return await connection.all(statement, as_of=period.as_of, until=period.until, **_values(selection))


async def moves(
    connection: Connection, selection: Selection, periods: Sequence[Period], *, with_key: bool
) -> list[tuple[int, Row]]:
    """The moves from or to the units, with the index of the period: `unit_id`, `to_unit_id`, `key`, `number`.

    `with_key`: rows are not units, and `key` is the key of the row.
    """
    statement = _moves(selection.subject, selection.by if with_key else None, frozenset(selection.filters))
    moved: list[tuple[int, Row]] = []
    for number, period in enumerate(periods):
        rows = await connection.all(statement, start=period.start, until=period.until, **_values(selection))
        moved += [(number, row) for row in rows]
    return moved


def _values(selection: Selection) -> dict[str, list[Any]]:
    return {f"among_{name}": sorted(values) for name, values in selection.filters.items()}


# --- Statements -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=128)
def _lapsing(subject: str, by: str | None, filters: frozenset[str]) -> Prepared:
    of_dossiers = subject == DOSSIER
    unapologised = func.count().filter(~spans.c.apology) if of_dossiers else literal_column("0", Integer)
    return Prepared(
        _of_spans(by, filters, unapologised.label("unapologised")).where(
            spans.c.to_at.is_(None),
            spans.c.overdue_from > bindparam("now", type_=Instant()),
            spans.c.overdue_from <= bindparam("midnight", type_=Instant()),
            spans.c.phase == (OPEN if of_dossiers else STEP),
        )
    )


@lru_cache(maxsize=128)
def _submitted_lately(by: str | None, filters: frozenset[str]) -> Prepared:
    until = bindparam("until", type_=Instant())
    long_since = bindparam("long_since", type_=Instant())
    return Prepared(
        _of_spans(by, filters, join_dossiers=True).where(
            # Literal as in the index: the database does not match a bound value with the condition of a partial index.
            spans.c.phase == literal_column(f"'{SUBMITTED}'"),
            spans.c.from_at >= long_since,
            spans.c.from_at < until,
            or_(spans.c.to_at.is_(None), spans.c.to_at >= until),
            dossiers.c.submitted_at >= long_since,
        )
    )


@lru_cache(maxsize=128)
def _late_steps_with_apology(by: str | None, filters: frozenset[str]) -> Prepared:
    unit = occurrences.c.unit_id
    keys = _keys(by, unit)
    shown = keys[0] if keys else literal_column(str(EVERYTHING), Integer)
    return Prepared(
        select(shown.label("key"), occurrences.c.date, func.count().label("number"))
        .join(dossiers, dossiers.c.id == occurrences.c.dossier_id)
        .where(
            occurrences.c.dossier_id.in_(with_apology()),
            occurrences.c.kind == literal_column(f"'{STEP}_done'"),
            occurrences.c.overdue,
            occurrences.c.date.between(bindparam("first", type_=LocalDate()), bindparam("last", type_=LocalDate())),
            done_with_apology(),
            *([_among(unit + 0, "unit")] if "unit" in filters else []),
            *_filtered(filters - {"unit"}),
        )
        .group_by(*keys, occurrences.c.date)
    )


@lru_cache(maxsize=128)
def _overdue_steps_with_apology(by: str | None, filters: frozenset[str]) -> Prepared:
    until = bindparam("until", type_=Instant())
    return Prepared(
        _of_spans(by, filters).where(
            spans.c.dossier_id.in_(with_apology()),
            spans.c.phase == STEP,
            spans.c.from_at < until,
            or_(spans.c.to_at.is_(None), spans.c.to_at >= until),
            spans.c.overdue_from <= bindparam("as_of", type_=Instant()),
            open_with_apology(until),
        )
    )


@lru_cache(maxsize=128)
def _moves(subject: str, by: str | None, filters: frozenset[str]) -> Prepared:
    units = (occurrences.c.unit_id, occurrences.c.to_unit_id)
    keys = _keys(by, occurrences.c.unit_id)
    shown = keys[0] if keys else literal_column(str(EVERYTHING), Integer)
    statement = (
        select(*units, shown.label("key"), func.count().label("number"))
        .join(dossiers, dossiers.c.id == occurrences.c.dossier_id)
        .where(
            occurrences.c.at >= bindparam("start", type_=Instant()),
            occurrences.c.at < bindparam("until", type_=Instant()),
            occurrences.c.kind == ("step_moved" if subject == STEP else "moved"),
            occurrences.c.to_unit_id.is_not(None),
            *_filtered(filters - {"unit"}),
        )
        .group_by(*units, *keys)
    )
    if "unit" in filters:
        statement = statement.where(or_(*(_among(unit + 0, "unit") for unit in units)))
    return Prepared(statement)


def _of_spans(
    by: str | None, filters: frozenset[str], *more: ColumnElement[Any], join_dossiers: bool = False
) -> Select[Any]:
    """The number of selected spans by `key`."""
    unit = spans.c.responsible_unit_id
    keys = _keys(by, unit)
    shown = keys[0] if keys else literal_column(str(EVERYTHING), Integer)
    statement = select(shown.label("key"), func.count().label("number"), *more).select_from(spans)
    if join_dossiers or by not in ("unit", None) or filters - {"unit"}:
        statement = statement.join(dossiers, dossiers.c.id == spans.c.dossier_id)
    if "unit" in filters:
        # `+ 0` keeps the index of units out: it would read all spans of the unit instead of the few of one day.
        statement = statement.where(_among(unit + 0, "unit"))
    return statement.where(*_filtered(filters - {"unit"})).group_by(*keys)


def _keys(by: str | None, unit: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """The column with the key of the rows; none where rows are months."""
    if by is None:
        return []
    return [unit if by == "unit" else _OF_DOSSIER[by]]


_OF_DOSSIER: Mapping[str, ColumnElement[Any]] = {
    "receiving": dossiers.c.receiving_unit_id,
    "procedure": dossiers.c.procedure_id,
    "channel": dossiers.c.channel,
}


def _filtered(names: frozenset[str]) -> list[ColumnElement[bool]]:
    """The filters of dossiers; `+ 0` keeps an index of all dossiers of a procedure or a unit out."""
    return [_among(_OF_DOSSIER[name] if name == "channel" else _OF_DOSSIER[name] + 0, name) for name in sorted(names)]


def _among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(f"among_{name}", expanding=True))
