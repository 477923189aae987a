"""The figures of ratings: who answered, and what they said on the whole (docs/reports.md)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from app.catalogue.cache import Reference
from app.database import Connection, Row
from app.statistics.on_time.counts import Key
from app.statistics.on_time.formats import as_table, flat
from app.statistics.on_time.parameters import BY_UNIT, Question, counted_units, row_unit
from app.statistics.on_time.presenting import TOTAL, always_shown, label, place, rate
from app.statistics.ratings import queries
from app.statistics.ratings.schemas import RatingsOut, RatingsRowOut, ScoresOut

SCORES = range(1, 6)
# With fewer answers a mean tells of these few people and not of the unit, and a score may tell whose it was.
MINIMUM = 5


@dataclass(slots=True)
class Tally:
    """Of one row: how many dossiers were returned, and how often each score was given."""

    returned: int = 0
    scores: Counter[int] = field(default_factory=Counter)


async def count(connection: Connection, question: Question, reference: Reference) -> dict[Key, Tally]:
    """The tallies by row, of the dossiers returned in the question's period; each is in one row."""
    units = counted_units(question, reference)
    found: dict[Key, Tally] = {}
    for number, period in enumerate(question.periods):
        for row in await queries.returned(connection, question, units, period):
            found.setdefault(_row_key(question, reference, row, number), Tally()).returned += row.dossiers
        for row in await queries.given(connection, question, units, period):
            tally = found.setdefault(_row_key(question, reference, row, number), Tally())
            tally.scores[row.score] += row.dossiers
    return found


def _row_key(question: Question, reference: Reference, row: Row, month: int) -> Key:
    if question.by == "month":
        return month
    if question.by in BY_UNIT:
        return row_unit(question, reference, row.key)
    if question.by == "channel":
        return str(row.key)
    procedure = reference.procedures[row.key]
    return {"field": procedure.field, "level": procedure.level}.get(question.by, procedure.code)


def ratings_out(question: Question, reference: Reference, found: Mapping[Key, Tally], language: str) -> RatingsOut:
    """All rows, those always shown also with nothing in them, and their total."""
    keys = found.keys() | always_shown(question, reference)
    rows = [_row(*label(question, reference, key, language), found.get(key, Tally())) for key in keys]
    together = Tally()
    for one in found.values():
        together.returned += one.returned
        together.scores.update(one.scores)
    return RatingsOut.model_validate(
        {
            "by": question.by,
            "basis": question.basis,
            "from": question.first,
            "to": question.last,
            "as_of": question.whole.as_of,
            "minimum": MINIMUM,
            "rows": sorted(rows, key=lambda row: place(row.key, row.id)),
            "total": _row("total", None, TOTAL[language], together),
        }
    )


def _row(key: str, unit_id: int | None, name: str, tally: Tally) -> RatingsRowOut:
    answers = tally.scores.total()
    shown = answers >= MINIMUM
    scores: dict[str, Any] = {f"score_{score}": tally.scores[score] if shown else None for score in SCORES}
    return RatingsRowOut(
        key=key,
        id=unit_id,
        name=name,
        answers=answers,
        mean=_mean(tally.scores) if shown else None,
        scores=ScoresOut(**scores),
        answered=rate(answers, tally.returned),
    )


def _mean(scores: Counter[int]) -> float:
    """With two decimals, halves up as the rates have it."""
    exact = Fraction(sum(score * times for score, times in scores.items()), scores.total())
    return (200 * exact.numerator + exact.denominator) // (2 * exact.denominator) / 100


def as_csv(figures: RatingsOut) -> bytes:
    """One line per row and one for the total, after a header line."""
    return as_table([flat(row) for row in (*figures.rows, figures.total)])
