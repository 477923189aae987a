"""Queries of the irregularities: rows of uncorrected dossiers, and whole journals of corrected ones."""

from collections import defaultdict
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Exists, ScalarSelect, Select, and_, literal_column, or_, select

from app.database import Connection, Row
from app.database.json_conditions import has_key, has_member
from app.database.tables import RARE_ENTRIES, VOIDS, dossiers, entries, occurrences, spans
from app.domain.lifecycle import Action, Entry
from app.rollups.facts import OPEN
from app.statistics.on_time.question import Question

_IMPORTED = has_member(entries.c.data, "flags", "imported").label("imported")
# Literal as in the index: the database does not match a bound list with the condition of a partial index.
_RARE: ColumnElement[bool] = literal_column(RARE_ENTRIES)
_VOIDS: ColumnElement[bool] = literal_column(VOIDS)


async def finishes(connection: Connection, question: Question, first: date, last: date) -> list[Row]:
    """Each finish of the local dates [first, last], before the period's end, with its entry and its dossier's dates."""
    statement = (
        select(
            occurrences.c.dossier_id,
            occurrences.c.number,
            occurrences.c.unit_id,
            occurrences.c.at,
            entries.c.recorded_at,
            _IMPORTED,
            entries.c.client,
            dossiers.c.received_at,
            dossiers.c.returned_at,
        )
        .select_from(occurrences)
        .join(dossiers, dossiers.c.id == occurrences.c.dossier_id)
        .join(entries, _entry_of(occurrences))
    )
    return await connection.all(_finished(statement, question, first, last))


async def suspensions(connection: Connection, question: Question, first: date, last: date) -> list[Row]:
    """The suspended stretches of the dossiers that `finishes` gives: `dossier_id`, `from_at`, `to_at`."""
    statement = (
        select(spans.c.dossier_id, spans.c.from_at, spans.c.to_at)
        .select_from(occurrences)
        .join(spans, spans.c.dossier_id == occurrences.c.dossier_id)
        .where(spans.c.phase == OPEN, spans.c.suspended.is_(True), spans.c.to_at.is_not(None))
    )
    if question.procedures is not None or question.channels is not None:
        statement = statement.join(dossiers, dossiers.c.id == occurrences.c.dossier_id)
    return await connection.all(_finished(statement, question, first, last))


async def entries_of(connection: Connection, question: Question, action: Action) -> list[Row]:
    """The period's entries of an action on open dossiers as recorded, with the dossier's state before them.

    `overdue_from` is that of the state. `again`: not the first while open. `late`: flagged as a late apology.
    """
    statement = (
        select(
            entries.c.dossier_id,
            entries.c.sequence.label("number"),
            spans.c.responsible_unit_id.label("unit_id"),
            entries.c.occurred_at.label("at"),
            entries.c.recorded_at,
            _IMPORTED,
            spans.c.overdue_from,
            _repeated(action).label("again"),
            has_member(entries.c.data, "flags", "late_apology").label("late"),
        )
        .select_from(entries)
        .join(spans, and_(spans.c.dossier_id == entries.c.dossier_id, spans.c.number == _span_before()))
        .join(dossiers, dossiers.c.id == entries.c.dossier_id)
        .where(
            spans.c.phase == OPEN,
            _RARE,
            entries.c.type == action.value,
            entries.c.occurred_at >= question.whole.start,
            entries.c.occurred_at < question.whole.until,
            *_filters(question, spans.c.responsible_unit_id),
        )
    )
    return await connection.all(statement)


def _span_before() -> ScalarSelect[Any]:
    """The number of the last open span that began before the entry."""
    before = spans.alias("before")
    return (
        select(before.c.number)
        .where(
            before.c.dossier_id == entries.c.dossier_id,
            before.c.phase == OPEN,
            or_(
                before.c.from_at < entries.c.occurred_at,
                and_(before.c.from_at == entries.c.occurred_at, before.c.number < entries.c.sequence),
            ),
        )
        .order_by(before.c.from_at.desc(), before.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )


def _repeated(action: Action) -> Exists:
    """True for an entry with a former one of the action on the open dossier."""
    former = entries.alias("former")
    return (
        select(former.c.id)
        .where(
            former.c.dossier_id == entries.c.dossier_id,
            former.c.sequence < entries.c.sequence,
            former.c.type == action.value,
            # A supplement request before the receipt suspends nothing.
            has_key(former.c.data, "counts"),
        )
        .exists()
    )


async def corrected_journals(connection: Connection, question: Question) -> dict[int, list[Entry]]:
    """The journals of dossiers with a correction that took effect in the period, or may have changed it."""
    corrected = (
        select(entries.c.dossier_id)
        .join(dossiers, dossiers.c.id == entries.c.dossier_id)
        .where(
            or_(and_(_RARE, entries.c.type.in_(["correct", "approve-correction"])), _VOIDS),
            has_key(entries.c.data, "replaced"),
            # A correction concerns entries recorded before it and dated no later.
            entries.c.occurred_at >= question.whole.start,
            entries.c.changes_from < question.whole.until,
            *_filters(question, None),
        )
        .distinct()
    )
    whole = entries.alias("whole")
    statement = select(whole).where(whole.c.dossier_id.in_(corrected)).order_by(whole.c.dossier_id, whole.c.sequence)
    journals: dict[int, list[Entry]] = defaultdict(list)
    for row in await connection.all(statement):
        journals[row.dossier_id].append(
            Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
        )
    return journals


def _entry_of(table: Any) -> ColumnElement[bool]:
    return and_(entries.c.dossier_id == table.c.dossier_id, entries.c.sequence == table.c.number)


def _finished(statement: Select[Any], question: Question, first: date, last: date) -> Select[Any]:
    return statement.where(
        occurrences.c.kind == "finished",
        occurrences.c.date.between(first, last),
        occurrences.c.at < question.whole.until,
        *_filters(question, occurrences.c.unit_id),
    )


def _filters(question: Question, unit: ColumnElement[int] | None) -> list[ColumnElement[bool]]:
    """The filters; `+ 0` keeps their indexes out, because the rows are read by their time."""
    conditions: list[ColumnElement[bool]] = []
    if unit is not None and question.units is not None:
        conditions.append((unit + 0).in_(sorted(question.units)))
    if question.procedures is not None:
        conditions.append((dossiers.c.procedure_id + 0).in_(sorted(question.procedures)))
    if question.channels is not None:
        conditions.append(dossiers.c.channel.in_(sorted(question.channels)))
    return conditions
