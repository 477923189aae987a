"""The rows behind the counts, where these do not tell enough: what lapses today, waits since lately, moved.

Statements are made once for each shape: what is asked of steps or dossiers, told apart by what, filtered by what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal_column, or_, select

from app.database import Connection, Instant, Prepared, Row
from app.database.tables import dossiers, occurrences, spans
from app.rollups.facts import OPEN, STEP, SUBMITTED
from app.rollups.increments import DOSSIER, EVERYTHING
from app.rollups.queries import Wanted
from app.statistics.on_time.parameters import Period


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
    statement = _lapsing(wanted.subject, wanted.by, frozenset(wanted.filters))
    return await connection.all(statement, now=now, midnight=midnight, **_values(wanted))


async def submitted_lately(connection: Connection, wanted: Wanted, edge: Edge) -> list[Row]:
    """What was waiting to be received at an edge and submitted since `long_since`: `key`, `number`."""
    statement = _submitted_lately(wanted.by, frozenset(wanted.filters))
    return await connection.all(statement, until=edge.until, long_since=edge.long_since, **_values(wanted))


async def moves(
    connection: Connection, wanted: Wanted, periods: Sequence[Period], *, told_apart: bool
) -> list[tuple[int, Row]]:
    """The moves from or to the units, of what is filtered, by period (its index): `unit_id`, `to_unit_id`, `number`.

    `key` is what tells rows apart where these are no units, with `told_apart`.
    """
    statement = _moves(wanted.subject, wanted.by if told_apart else None, frozenset(wanted.filters))
    found: list[tuple[int, Row]] = []
    for number, one in enumerate(periods):
        rows = await connection.all(statement, start=one.start, until=one.until, **_values(wanted))
        found += [(number, row) for row in rows]
    return found


def _values(wanted: Wanted) -> dict[str, list[Any]]:
    return {f"among_{name}": sorted(values) for name, values in wanted.filters.items()}


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
            # As the index has it: a bound value would not be seen to be the same.
            spans.c.phase == literal_column(f"'{SUBMITTED}'"),
            spans.c.from_at >= long_since,
            spans.c.from_at < until,
            or_(spans.c.to_at.is_(None), spans.c.to_at >= until),
            dossiers.c.submitted_at >= long_since,
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
    """Spans of what is wanted, counted by `key`."""
    unit = spans.c.responsible_unit_id
    keys = _keys(by, unit)
    shown = keys[0] if keys else literal_column(str(EVERYTHING), Integer)
    statement = select(shown.label("key"), func.count().label("number"), *more).select_from(spans)
    if join_dossiers or by not in ("unit", None) or filters - {"unit"}:
        statement = statement.join(dossiers, dossiers.c.id == spans.c.dossier_id)
    if "unit" in filters:
        # Of a day's few spans the unit's are picked out; by the index of units all spans that ever were would be read.
        statement = statement.where(_among(unit + 0, "unit"))
    return statement.where(*_filtered(filters - {"unit"})).group_by(*keys)


def _keys(by: str | None, unit: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """What tells the rows apart; nothing where they are months."""
    if by is None:
        return []
    return [unit if by == "unit" else _OF_DOSSIER[by]]


_OF_DOSSIER: Mapping[str, ColumnElement[Any]] = {
    "receiving": dossiers.c.receiving_unit_id,
    "procedure": dossiers.c.procedure_id,
    "channel": dossiers.c.channel,
}


def _filtered(names: frozenset[str]) -> list[ColumnElement[bool]]:
    """Each filter on the few rows found otherwise; by its own index all dossiers of a procedure would be read."""
    return [_among(_OF_DOSSIER[name] if name == "channel" else _OF_DOSSIER[name] + 0, name) for name in sorted(names)]


def _among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(f"among_{name}", expanding=True))
