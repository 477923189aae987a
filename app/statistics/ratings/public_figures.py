"""Counts ratings for the public: fixed periods that ended, by unit or by month, in sums of parts (rules §11)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from app.database import Connection
from app.domain.errors import Invalid
from app.statistics.on_time.question import BY_UNIT, Period, Question, RowKey, ended
from app.statistics.ratings import queries
from app.statistics.ratings.figures import RatingCounts, count
from app.statistics.ratings.parameters import RatingsIn
from app.statistics.ratings.parts import Dates, Pair, Scores, months_of, periods_within, shown


def public_query(query: RatingsIn, today: date) -> RatingsIn:
    """The query of a reader without rights: without a period it is the last month that ended."""
    if query.period is None and query.first is None and query.last is None:
        last = today.replace(day=1) - timedelta(days=1)
        return query.model_copy(update={"period": f"{last:%Y-%m}"})
    return query


def require_public(query: RatingsIn, question: Question, today: date) -> None:
    """Raises Invalid `ratings_not_public` for a question by which single ratings could be computed."""
    if question.by not in BY_UNIT and question.by != "month":
        raise _not_public("/by")
    for name in ("field", "procedure", "channel"):
        if getattr(query, name):
            raise _not_public(f"/{name}")
    if months_of(question.first, question.last) is None or question.last >= today:
        raise _not_public("/from" if query.period is None else "/period")


async def count_for_public(connection: Connection, question: Question) -> RatingCounts:
    """The counts of a question that `require_public` accepts; scores only of whole parts."""
    exact = await count(connection, question)
    given: dict[Dates, Mapping[Pair, Scores]] = {
        dates: await _given(connection, question, ended(*dates))
        for dates in periods_within(question.first, question.last)
    }
    by_row: dict[RowKey, Scores] = {}
    for number, period in enumerate(question.periods):
        for pair, scores in shown(given, period.first, period.last).items():
            key = number if question.by == "month" else question.row_keys[_unit(question, pair)]
            by_row.setdefault(key, Counter()).update(scores)
    rows = {key: replace(row, scores=by_row.get(key, Counter())) for key, row in exact.rows.items()}
    whole = _sum(shown(given, question.first, question.last).values())
    return RatingCounts(rows, replace(exact.total, scores=whole))


async def _given(connection: Connection, question: Question, period: Period) -> dict[Pair, Scores]:
    scores: dict[Pair, Scores] = {}
    for row in await queries.given_within(connection, question, period):
        pair = row.responsible_unit_id, row.receiving_unit_id
        scores.setdefault(pair, Counter())[row.score] += row.dossiers
    return scores


def _unit(question: Question, pair: Pair) -> int:
    return pair[0] if question.basis == "responsible" else pair[1]


def _sum(parts: Iterable[Scores]) -> Scores:
    total: Scores = Counter()
    for scores in parts:
        total.update(scores)
    return total


def _not_public(pointer: str) -> Invalid:
    return Invalid(
        "ratings_not_public",
        "The public reads ratings by unit or month, of a month, quarter, half-year or year that ended, without filters "
        "by field, procedure or channel. Staff read their units' ratings with a token.",
        pointer=pointer,
    )
