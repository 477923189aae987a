"""Counts late duties of the counter in a period: dossiers handed on late, papers asked for late (rules §11)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column, select

from app.database import Connection
from app.database.tables import LATE_DUTIES, dossiers, entries
from app.domain.lifecycle import Action, Entry, effective
from app.statistics.irregularities.queries import corrected_journals
from app.statistics.office_table.queries import filters
from app.statistics.on_time.question import Question

# The figure of each flag.
DUTIES: Mapping[str, str] = {"late_hand_on": "duties.hand_on_late", "late_request": "duties.request_late"}
_ACTIONS = frozenset({Action.FORWARD, Action.TAKE, Action.REQUEST_SUPPLEMENT})
# Literal as in the index: the database does not match a bound value with the condition of a partial index.
_FLAGGED: ColumnElement[bool] = literal_column(f"({LATE_DUTIES})")


class LateDuty(NamedTuple):
    """A late duty: the receiving unit, and its figure."""

    unit: int
    figure: str


async def late_duties(connection: Connection, question: Question) -> list[LateDuty]:
    """The late duties of the period, with all corrections applied."""
    journals = await corrected_journals(connection, question)
    statement = (
        select(entries.c.dossier_id, entries.c.data, dossiers.c.receiving_unit_id)
        .join(dossiers, dossiers.c.id == entries.c.dossier_id)
        .where(
            _FLAGGED,
            entries.c.occurred_at >= question.whole.start,
            entries.c.occurred_at < question.whole.until,
            *filters(question, dossiers.c.receiving_unit_id),
        )
    )
    rows = await connection.all(statement)
    uncorrected = [row for row in rows if row.dossier_id not in journals]
    duties = [duty for row in uncorrected for duty in _duties(row.receiving_unit_id, row.data)]
    return [*duties, *_of_corrected(question, journals.values())]


def _of_corrected(question: Question, journals: Iterable[Sequence[Entry]]) -> Iterator[LateDuty]:
    units, period = question.counted_units, question.whole
    for journal in journals:
        unit = journal[0].data["receiving_unit"]
        if units is not None and unit not in units:
            continue
        for entry in effective(journal):
            if entry.type in _ACTIONS and period.start <= entry.occurred_at < period.until:
                yield from _duties(unit, entry.data)


def _duties(unit: int, data: Mapping[str, Any]) -> Iterator[LateDuty]:
    return (LateDuty(unit, DUTIES[flag]) for flag in data.get("flags", ()) if flag in DUTIES)
