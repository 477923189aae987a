"""A ranking as a flat table."""

from app.http.wire_types import UnitOut
from app.statistics.on_time.formats import as_table, flat
from app.statistics.on_time.schemas import RateOut
from app.statistics.rankings.schemas import IntervalOut, RankedOut, RankingOut

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
