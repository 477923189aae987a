"""Figures of ratings: answers, scores and means of the dossiers returned in a period (docs/reports.md)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from app.database import Connection, Row
from app.statistics.on_time.presenting import TOTAL, always_shown, label, place, rate
from app.statistics.on_time.question import Question, RowKey
from app.statistics.ratings import queries
from app.statistics.ratings.parts import MINIMUM
from app.statistics.ratings.schemas import RatingsOut, RatingsRowOut, RatingsScoresOut

SCORES = range(1, 6)


@dataclass(slots=True)
class RowRatings:
    """The dossiers returned, those of them that were rated, and the shown times of each score, of one row."""

    returned: int = 0
    rated: int = 0
    scores: Counter[int] = field(default_factory=Counter)


class RatingCounts(NamedTuple):
    """The ratings of a question by row, and those of all rows."""

    rows: Mapping[RowKey, RowRatings]
    total: RowRatings


async def count(connection: Connection, question: Question) -> RatingCounts:
    """The ratings of the dossiers returned in the periods of the question."""
    by_row: dict[RowKey, RowRatings] = {}
    for number, period in enumerate(question.periods):
        for row in await queries.returned(connection, question, period):
            by_row.setdefault(_row_key(question, row, number), RowRatings()).returned += row.dossiers
        for row in await queries.given(connection, question, period):
            ratings = by_row.setdefault(_row_key(question, row, number), RowRatings())
            ratings.scores[row.score] += row.dossiers
            ratings.rated += row.dossiers
    total = RowRatings()
    for ratings in by_row.values():
        total.returned += ratings.returned
        total.rated += ratings.rated
        total.scores.update(ratings.scores)
    return RatingCounts(by_row, total)


def _row_key(question: Question, row: Row, month: int) -> RowKey:
    return month if question.by == "month" else question.row_keys[row.key]


def ratings_out(question: Question, counts: RatingCounts, language: str, *, exact: bool) -> RatingsOut:
    """All rows and their total; some rows are always shown, also without an answer."""
    keys = counts.rows.keys() | always_shown(question)
    rows = [_row(*label(question, key, language), counts.rows.get(key, RowRatings())) for key in keys]
    return RatingsOut.model_validate(
        {
            "by": question.by,
            "basis": question.basis,
            "from": question.first,
            "to": question.last,
            "as_of": question.whole.as_of,
            "minimum": MINIMUM,
            "exact": exact,
            "rows": sorted(rows, key=lambda row: place(row.key, row.id)),
            "total": _row("total", None, TOTAL[language], counts.total),
        }
    )


def _row(key: str, unit_id: int | None, name: str, ratings: RowRatings) -> RatingsRowOut:
    answers = ratings.scores.total()
    enough = answers >= MINIMUM
    scores: dict[str, Any] = {f"score_{score}": ratings.scores[score] if enough else None for score in SCORES}
    return RatingsRowOut(
        key=key,
        id=unit_id,
        name=name,
        answers=answers,
        mean=_mean(ratings.scores) if enough else None,
        scores=RatingsScoresOut(**scores),
        answered=rate(ratings.rated, ratings.returned),
    )


def _mean(scores: Counter[int]) -> float:
    """The mean with two decimals, halves up as in rates."""
    exact = Fraction(sum(score * times for score, times in scores.items()), scores.total())
    return (200 * exact.numerator + exact.denominator) // (2 * exact.denominator) / 100
