"""The dossiers finished in a period and what their time is measured from, those alike counted."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, func, select, type_coerce

from app.database import Connection, Row
from app.database.tables import dossiers, occurrences
from app.statistics.on_time.parameters import BY_UNIT, Period, Question

# The rest of a dossier's state is JSON as text; what it does not have is not written (app/dossiers/details.py). Of most
# there is neither, and these are told by dates and limit alone.
_DETAILS = type_coerce(dossiers.c.details, Text)
_SPECIAL = _DETAILS.contains('"waits":') | _DETAILS.contains('"extension_days":')
_MEASURED = (
    dossiers.c.received_date,
    dossiers.c.finished_date,
    dossiers.c.limit_amount,
    dossiers.c.limit_unit,
)


async def finished(
    connection: Connection, question: Question, units: frozenset[int] | None, period: Period
) -> list[Row]:
    """How many `dossiers` finished in the period took the same, as far as the database can tell.

    By `key`, `received_date`, `finished_date`, `limit_amount`, `limit_unit` and, for those that ever waited or had a
    longer limit, the `rest` of their state as JSON text, else None. `key` is the unit's id where rows are units, the
    channel where they are channels, else the procedure's id. `units`: those that count, None where all do.
    """
    key = _key(question)
    told = (key.label("key"), *_MEASURED, case((_SPECIAL, _DETAILS)).label("rest"))
    statement = _finished(question, units, period, select(*told, func.count().label("dossiers")))
    return await connection.all(statement.group_by(key, *_MEASURED, "rest"))


def _finished(question: Question, units: frozenset[int] | None, period: Period, selected: Select[Any]) -> Select[Any]:
    """Those finished in the period; responsible is who was so at the finish (rules §11), who need not be so still."""
    if question.basis == "responsible" and (question.by in BY_UNIT or units is not None):
        statement = selected.select_from(occurrences).join(dossiers, dossiers.c.id == occurrences.c.dossier_id)
        statement = statement.where(
            occurrences.c.kind == "finished",
            occurrences.c.date.between(period.first, period.last),
            occurrences.c.at < period.until,
        )
    else:
        statement = selected.select_from(dossiers).where(
            dossiers.c.finished_date.between(period.first, period.last), dossiers.c.finished_at < period.until
        )
    if units is not None:
        statement = statement.where(_unit(question).in_(units))
    if question.procedures is not None:
        statement = statement.where(dossiers.c.procedure_id.in_(question.procedures))
    if question.channels is not None:
        statement = statement.where(dossiers.c.channel.in_(question.channels))
    return statement


def _unit(question: Question) -> ColumnElement[int]:
    return occurrences.c.unit_id if question.basis == "responsible" else dossiers.c.receiving_unit_id


def _key(question: Question) -> ColumnElement[Any]:
    if question.by in BY_UNIT:
        return _unit(question)
    return dossiers.c.channel if question.by == "channel" else dossiers.c.procedure_id
