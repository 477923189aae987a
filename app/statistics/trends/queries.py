"""Query of the dossiers finished in a period, grouped by the values that their durations depend on."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, func, select, type_coerce

from app.database import Connection, Row
from app.database.tables import dossiers, occurrences
from app.statistics.on_time.question import BY_UNIT, Period, Question

# Most dossiers have no wait, no added days and no later start of the clock (app/dossiers/details.py). They group by
# dates and limit alone. Searching the text takes half the time of a JSON expression. Matches are read in full later.
_DETAILS = type_coerce(dossiers.c.details, Text)
_SPECIAL = (
    _DETAILS.contains('"waits":')
    | _DETAILS.contains('_days":', autoescape=True)
    | _DETAILS.contains('"clock_started_at":', autoescape=True)
)
_MEASURED = (
    dossiers.c.received_date,
    dossiers.c.finished_date,
    dossiers.c.limit_amount,
    dossiers.c.limit_unit,
)


async def finished(connection: Connection, question: Question, period: Period) -> list[Row]:
    """The number of `dossiers` finished in the period, grouped by the values of their durations.

    The groups are `key`, `received_date`, `finished_date`, `limit_amount`, `limit_unit` and `rest`. `rest` is the
    dossier's state as JSON text if it ever waited, had a longer limit or a later start, and None for the others. `key`
    is the unit's id where rows are units, the channel where they are channels, otherwise the procedure's id.
    """
    key = _key(question)
    columns = (key.label("key"), *_MEASURED, case((_SPECIAL, _DETAILS)).label("rest"))
    statement = _finished(question, period, select(*columns, func.count().label("dossiers")))
    return await connection.all(statement.group_by(key, *_MEASURED, "rest"))


def _finished(question: Question, period: Period, selected: Select[Any]) -> Select[Any]:
    """The finishes of the period; the responsible unit is that of the finish, which may differ from the present one.

    The source is rules §11.
    """
    units = question.counted_units
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
