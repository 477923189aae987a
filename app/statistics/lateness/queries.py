"""Queries of lateness: causes of late results, and promised dates that were kept or passed (rules §11).

Promised dates and causes are few, and have indexes of their own.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select

from app.database import Connection, Row
from app.database.tables import dossiers, occurrences, spans
from app.rollups.facts import OPEN
from app.statistics.office_table.queries import filters
from app.statistics.on_time.question import Question

_FINISHED = and_(occurrences.c.dossier_id == dossiers.c.id, occurrences.c.kind == literal_column("'finished'"))
# Literal as in the index of apologies: the database does not match another spelling with its condition.
_APOLOGISED = and_(spans.c.dossier_id == dossiers.c.id, literal_column("apology"), literal_column(f"phase = '{OPEN}'"))


async def causes(connection: Connection, question: Question) -> list[Row]:
    """The late results of the period with a cause: `unit_id`, `procedure_id`, `channel`, `day`, `cause`, `number`."""
    unit, period = _unit(question, occurrences.c.unit_id), question.whole
    statement = _counted(unit, occurrences.c.date, dossiers.c.late_cause.label("cause")).where(
        dossiers.c.late_cause.is_not(None),
        dossiers.c.finished_date.between(period.first, period.last),
        dossiers.c.finished_at < period.until,
        *filters(question, unit),
    )
    return await connection.all(statement.group_by(dossiers.c.late_cause))


async def kept(connection: Connection, question: Question) -> list[Row]:
    """The promises of the period whose result was ready in time: columns as of `causes`, `day` the promised date."""
    unit, period = _unit(question, occurrences.c.unit_id), question.whole
    statement = _counted(unit, dossiers.c.promised_date).where(
        dossiers.c.promised_date.between(period.first, period.last),
        dossiers.c.finished_date <= dossiers.c.promised_date,
        dossiers.c.finished_at < period.until,
        *filters(question, unit),
    )
    return await connection.all(statement)


async def under_way(connection: Connection, question: Question, first: date, last: date, until: datetime) -> list[Row]:
    """The spans of dossiers with an apology whose promised date, on these dates, passed without a result.

    Each row has `unit_id`, `procedure_id`, `channel`, `day`, `from_at`, `to_at` and `overdue_from`; spans from `until`
    on are left out.
    """
    unit = _unit(question, spans.c.responsible_unit_id)
    statement = (
        select(
            unit.label("unit_id"),
            dossiers.c.procedure_id,
            dossiers.c.channel,
            dossiers.c.promised_date.label("day"),
            spans.c.from_at,
            spans.c.to_at,
            spans.c.overdue_from,
        )
        .select_from(dossiers)
        .join(spans, _APOLOGISED)
        .where(
            dossiers.c.promised_date.between(first, last),
            dossiers.c.finished_date.is_(None) | (dossiers.c.finished_date > dossiers.c.promised_date),
            spans.c.overdue_from.is_not(None),
            spans.c.from_at < until,
            *filters(question, unit),
        )
    )
    return await connection.all(statement)


def _unit(question: Question, responsible: ColumnElement[Any]) -> ColumnElement[Any]:
    return dossiers.c.receiving_unit_id if question.basis == "receiving" else responsible


def _counted(unit: ColumnElement[Any], day: ColumnElement[Any], *others: ColumnElement[Any]) -> Select[Any]:
    """The numbers of finished dossiers by unit, procedure, channel and day."""
    columns = (unit.label("unit_id"), dossiers.c.procedure_id, dossiers.c.channel, day.label("day"), *others)
    return (
        select(*columns, func.count().label("number"))
        .select_from(dossiers)
        .join(occurrences, _FINISHED)
        .group_by(unit, dossiers.c.procedure_id, dossiers.c.channel, day)
    )
