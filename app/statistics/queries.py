"""The statements behind every figure, each one answer for all rows: what was open, what happened, what moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, column, func, or_, select, values
from sqlalchemy.sql.expression import CTE

from app.database import Connection, Instant, LocalDate, Row
from app.statistics.question import BY_UNIT, Period
from app.tables import dossier_units, dossiers, entries, occurrences, spans
from app.tallies.projection import SUBMITTED


@dataclass(frozen=True, slots=True)
class Scope:
    """Which dossiers are counted and how they are grouped; None where nothing is filtered, units and procedures as ids.

    With the basis `responsible` the units are those responsible at each figure's instant, else the receiving ones.
    """

    by: str
    basis: str
    units: frozenset[int] | None
    procedures: frozenset[int] | None
    channels: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Edge:
    """An instant at which the open dossiers are counted, with what happened before `until` carried out.

    What was submitted before `long_since` is waiting too long by then.
    """

    at: datetime
    until: datetime
    long_since: datetime


async def standing(connection: Connection, scope: Scope, edges: Sequence[Edge]) -> list[Row]:
    """What was submitted or open at each edge: `edge` (its index), `key`, `phase`, and how many dossiers.

    `dossiers`, of them `suspended`, `overdue`, overdue without apology (`unapologised`) and, of those only submitted,
    `waiting_long`. `key`: see `_key`.
    """
    asked = values(
        column("number", Integer),
        column("at", Instant),
        column("until", Instant),
        column("long_since", Instant),
        name="edges",
    ).data([(number, edge.at, edge.until, edge.long_since) for number, edge in enumerate(edges)])
    edge = asked.cte("edges")
    overdue = spans.c.overdue_from <= edge.c.at
    unit = spans.c.responsible_unit_id if scope.basis == "responsible" else dossiers.c.receiving_unit_id
    keys = _key(scope, unit)
    statement = (
        select(
            edge.c.number.label("edge"),
            spans.c.phase,
            func.count().label("dossiers"),
            func.count().filter(spans.c.suspended).label("suspended"),
            func.count().filter(overdue).label("overdue"),
            func.count().filter(overdue, ~spans.c.apology).label("unapologised"),
            func.count()
            .filter(spans.c.phase == SUBMITTED, dossiers.c.submitted_at < edge.c.long_since)
            .label("waiting_long"),
            *(key.label("key") for key in keys),
        )
        .join_from(edge, spans, _holds_at(edge.c.until))
        .join(dossiers, dossiers.c.id == spans.c.dossier_id)
        .where(*_filters(scope), *_of_units(scope, unit))
        .group_by(edge.c.number, spans.c.phase, *keys)
    )
    return await connection.all(statement)


async def happened(connection: Connection, scope: Scope, periods: Sequence[Period]) -> list[Row]:
    """What occurred in each period but for moves: `period` (its index), `key`, and how many `dossiers`.

    By `kind`, `channel`, `verdict`, `overdue` and `apology`, as in the table `occurrences`.
    """
    period = _periods(periods)
    unit = occurrences.c.unit_id if scope.basis == "responsible" else dossiers.c.receiving_unit_id
    told = (
        occurrences.c.kind,
        dossiers.c.channel,
        occurrences.c.verdict,
        occurrences.c.overdue,
        occurrences.c.apology,
    )
    keys = _key(scope, unit)
    statement = (
        _within(period, select(*told, *(key.label("key") for key in keys)))
        .where(occurrences.c.kind != "moved", *_filters(scope), *_of_units(scope, unit))
        .group_by(period.c.number, *told, *keys)
    )
    return await connection.all(statement)


async def moves(connection: Connection, scope: Scope, periods: Sequence[Period]) -> list[Row]:
    """The moves of open dossiers from or to the units: `period`, `key`, `unit_id`, `to_unit_id`, `dossiers`."""
    period = _periods(periods)
    units = (occurrences.c.unit_id, occurrences.c.to_unit_id)
    # Where rows are units, the units that were left and reached are the keys.
    keys = [] if scope.by in BY_UNIT else _key(scope, occurrences.c.unit_id)
    touched = [or_(*(unit.in_(scope.units) for unit in units))] if scope.units is not None else []
    statement = (
        _within(period, select(*units, *(key.label("key") for key in keys)))
        .where(occurrences.c.kind == "moved", *_filters(scope), *touched)
        .group_by(period.c.number, *units, *keys)
    )
    return await connection.all(statement)


async def anything_waited(connection: Connection, until: datetime) -> bool:
    """Whether any dossier was only submitted at an instant."""
    statement = select(spans.c.dossier_id).where(spans.c.phase == SUBMITTED, _holds_at(until)).limit(1)
    return await connection.first(statement) is not None


async def changed_since(connection: Connection, scope: Scope, as_of: datetime) -> datetime | None:
    """When the figures as of an instant were last changed from later: a correction, a backdated entry, an import.

    Of the dossiers that the scope may count: those of which one of its units ever was counter, holder or responsible.
    Whatever channel or procedure is asked for: a correction may have taken a dossier out of it.
    """
    statement = (
        select(func.max(entries.c.recorded_at, type_=Instant()).label("last"))
        .join(dossiers, dossiers.c.id == entries.c.dossier_id)
        .where(
            entries.c.changes_from.is_not(None),
            entries.c.changes_from < as_of,
            entries.c.recorded_at >= as_of,
        )
    )
    if scope.units is not None and scope.basis == "responsible":
        theirs = select(dossier_units.c.dossier_id).where(dossier_units.c.unit_id.in_(scope.units))
        statement = statement.where(dossiers.c.id.in_(theirs))
    elif scope.units is not None:
        statement = statement.where(dossiers.c.receiving_unit_id.in_(scope.units))
    last: datetime | None = await connection.scalar(statement)
    return last


def _holds_at(until: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The spans that hold after all that happened before an instant; midnight itself is the next day's (rules §11)."""
    return (spans.c.from_at < until) & or_(spans.c.to_at.is_(None), spans.c.to_at >= until)


def _periods(periods: Sequence[Period]) -> CTE:
    asked = values(
        column("number", Integer),
        column("first", LocalDate),
        column("last", LocalDate),
        column("until", Instant),
        name="periods",
    )
    return asked.data([(number, one.first, one.last, one.until) for number, one in enumerate(periods)]).cte("periods")


def _within(period: CTE, selected: Select[Any]) -> Select[Any]:
    """The occurrences of each period with their dossiers, counted."""
    return (
        selected.add_columns(period.c.number.label("period"), func.count().label("dossiers"))
        .select_from(period)
        .join(
            occurrences,
            occurrences.c.date.between(period.c.first, period.c.last) & (occurrences.c.at < period.c.until),
        )
        .join(dossiers, dossiers.c.id == occurrences.c.dossier_id)
    )


def _key(scope: Scope, unit: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """What tells the rows apart: the unit's id, the procedure's id (fields and levels follow from it), the channel.

    By month nothing does: periods are apart anyway.
    """
    if scope.by in BY_UNIT:
        return [unit]
    if scope.by in ("field", "level", "procedure"):
        return [dossiers.c.procedure_id]
    return [dossiers.c.channel] if scope.by == "channel" else []


def _filters(scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if scope.procedures is not None:
        found.append(dossiers.c.procedure_id.in_(scope.procedures))
    if scope.channels is not None:
        found.append(dossiers.c.channel.in_(scope.channels))
    return found


def _of_units(scope: Scope, unit: ColumnElement[int]) -> list[ColumnElement[bool]]:
    return [unit.in_(scope.units)] if scope.units is not None else []
