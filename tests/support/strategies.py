"""Random receipts, limits and suspensions within the official calendars."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from app.domain.calendar import TZ
from app.domain.deadline import LimitUnit, Suspension, TimeLimit

# No example database in the checkout, and no deadline, because the machine may be busy.
THOROUGH = settings(database=None, deadline=None, max_examples=250)

UNITS_IN_DAYS = (LimitUnit.WORKING_DAY, LimitUnit.CALENDAR_DAY, LimitUnit.MONTH, LimitUnit.SAME_DAY)

receipts = st.datetimes(datetime(2018, 1, 1), datetime(2024, 12, 31)).map(  # noqa: DTZ001 - the offset follows
    lambda at: at.replace(microsecond=0, tzinfo=TZ)
)


def limits(*units: LimitUnit) -> st.SearchStrategy[TimeLimit]:
    """Limits in one of the units, short enough to end, with their suspensions, within two years."""
    most = {LimitUnit.WORKING_DAY: 60, LimitUnit.CALENDAR_DAY: 90, LimitUnit.MONTH: 4, LimitUnit.WORKING_HOUR: 12}

    def of(unit: LimitUnit) -> st.SearchStrategy[TimeLimit]:
        if unit is LimitUnit.SAME_DAY:
            return st.just(TimeLimit(None, unit))
        return st.integers(1, most[unit]).map(lambda amount: TimeLimit(amount, unit))

    return st.sampled_from(units).flatmap(of)


@st.composite
def chains(draw: st.DrawFn, received: datetime, *, most: int = 3, longest_days: int = 30) -> list[Suspension]:
    """Consecutive suspensions from the receipt on, with small gaps, so that many begin near the due date."""
    spans, at = [], received
    for _ in range(draw(st.integers(0, most))):
        start = at + draw(st.timedeltas(timedelta(0), timedelta(days=min(8, longest_days))))
        at = start + draw(st.timedeltas(timedelta(0), timedelta(days=longest_days)))
        spans.append(Suspension(start.replace(microsecond=0), at.replace(microsecond=0), "supplement"))
        at = at.replace(microsecond=0)
    return spans
