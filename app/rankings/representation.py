"""A ranking as a flat table."""

from app.rankings.schemas import IntervalOut, RankedOut, RankingOut
from app.statistics.representation import as_table, flat
from app.statistics.schemas import RateOut
from app.wire import UnitOut

# Its names head a table without a row.
_NOBODY = RankedOut(
    rank=None,
    reason=None,
    reason_text=None,
    unit=UnitOut(id=0, code="", name="", kind=""),
    rate=RateOut(value=None, numerator=0, denominator=0),
    interval=IntervalOut(low=None, high=None),
    distinguishable=None,
    score=None,
    volume=0,
)


def as_csv(ranking: RankingOut) -> bytes:
    """One line per row after a header line."""
    if not ranking.rows:
        return as_table([flat(_NOBODY)]).splitlines(keepends=True)[0]
    return as_table([flat(row) for row in ranking.rows])
