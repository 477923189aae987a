"""Queries of the office table beside the rolled-up counts: receipts for another area, and late submissions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, or_, select

from app.database import Connection, Row
from app.database.json_conditions import has_key
from app.database.tables import dossiers, occurrences, spans
from app.rollups.facts import SUBMITTED
from app.statistics.on_time.question import Question


async def received_for_another_area(connection: Connection, question: Question) -> list[Row]:
    """The dossiers for another area that were received in the period: `unit_id`, then responsible, and `number`."""
    period = question.whole
    # PostgreSQL takes half of all dossiers for such ones. A subquery keeps it from reading all receipts for them.
    responsible = (
        select(occurrences.c.unit_id)
        .where(occurrences.c.dossier_id == dossiers.c.id, occurrences.c.kind == "received")
        .scalar_subquery()
    )
    received = (
        select(responsible.label("unit_id"))
        .where(
            # As in the index `ix_dossiers_another_area`, which has these few dossiers alone.
            has_key(dossiers.c.details, "another_area"),
            dossiers.c.received_date.between(period.first, period.last),
            dossiers.c.received_at < period.until,
            *filters(question, responsible),
        )
        .subquery()
    )
    statement = select(received.c.unit_id, func.count().label("number")).group_by(received.c.unit_id)
    return await connection.all(statement)


async def waiting_since(connection: Connection, question: Question, since: datetime) -> list[Row]:
    """The dossiers that wait for reception at the period's end and were submitted from `since` on.

    Each row has `unit_id` (responsible), `receiving_unit_id`, `channel` and `submitted_at`.
    """
    until = question.whole.until
    statement = (
        select(
            spans.c.responsible_unit_id.label("unit_id"),
            dossiers.c.receiving_unit_id,
            dossiers.c.channel,
            dossiers.c.submitted_at,
        )
        .join(dossiers, dossiers.c.id == spans.c.dossier_id)
        .where(
            # Literal as in the index: the database does not match a bound value with the condition of a partial index.
            spans.c.phase == literal_column(f"'{SUBMITTED}'"),
            spans.c.from_at >= since,
            spans.c.from_at < until,
            or_(spans.c.to_at.is_(None), spans.c.to_at >= until),
            dossiers.c.submitted_at >= since,
            *filters(question, spans.c.responsible_unit_id),
        )
    )
    return await connection.all(statement)


def filters(question: Question, unit: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """The filters of the question for the column of units.

    `+ 0` keeps the index of units out, because the rows are read by their time.
    """
    conditions: list[ColumnElement[bool]] = []
    if question.counted_units is not None:
        conditions.append((unit + 0).in_(sorted(question.counted_units)))
    if question.procedures is not None:
        conditions.append((dossiers.c.procedure_id + 0).in_(sorted(question.procedures)))
    if question.channels is not None:
        conditions.append(dossiers.c.channel.in_(sorted(question.channels)))
    return conditions
