"""Lead time from the durations of dossiers: the distributions of each row, and those of all rows together."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.database import Connection
from app.domain.limits import LimitUnit
from app.statistics.on_time.presenting import TOTAL, always_shown, label, place
from app.statistics.on_time.question import Question, RowKey
from app.statistics.shares import cut
from app.statistics.trends import queries
from app.statistics.trends.distribution import classes, mean, number, percentile
from app.statistics.trends.durations import Duration, DurationMeter
from app.statistics.trends.schemas import (
    Hint,
    LeadTimeClassesOut,
    LeadTimeDaysOut,
    LeadTimeRowOut,
    LeadTimeShareOut,
    LeadTimeUnmeasuredOut,
)

_QUARTERS = [Fraction(quarter, 4) for quarter in (1, 2, 3, 4)]
_HALF, _WHOLE = Fraction(1, 2), Fraction(1)


async def durations(connection: Connection, question: Question) -> dict[RowKey, Counter[Duration]]:
    """The durations of the dossiers finished in the periods of the question, by row."""
    meter = DurationMeter(question.reference.calendar)
    by_row: dict[RowKey, Counter[Duration]] = {}
    for period in question.periods:
        rows = await queries.finished(connection, question, period)
        # In a thread: some hundred thousand rows take longer than other requests should wait.
        for key, counts in (await asyncio.to_thread(meter.durations, rows)).items():
            by_row.setdefault(question.row_keys[key], Counter()).update(counts)
    return by_row


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of the distributions: the last class of histograms, and the least number of dossiers for a hint."""

    longest: int
    min_volume: int

    def rows(
        self, question: Question, by_row: Mapping[RowKey, Counter[Duration]], language: str
    ) -> list[LeadTimeRowOut]:
        """The rows in order; some rows are always shown, also without a finished dossier."""
        keys = by_row.keys() | always_shown(question)
        shown = [self.row(label(question, key, language), by_row.get(key, Counter())) for key in keys]
        return sorted(shown, key=lambda row: place(row.key, row.id))

    def total(self, by_row: Mapping[RowKey, Counter[Duration]], language: str) -> LeadTimeRowOut:
        """All rows together."""
        together: Counter[Duration] = Counter()
        for counts in by_row.values():
            together.update(counts)
        return self.row(("total", None, TOTAL[language]), together)

    def row(self, row_label: tuple[str, int | None, str], counts: Counter[Duration]) -> LeadTimeRowOut:
        """The distributions of one row; its label has the key, the unit's id and the name."""
        gross: Counter[int] = Counter()
        net: Counter[int] = Counter()
        for duration, times in counts.items():
            gross[duration.gross] += times
            net[duration.net] += times
        key, unit_id, name = row_label
        return LeadTimeRowOut(
            key=key,
            id=unit_id,
            name=name,
            number=counts.total(),
            suspended=sum(times for duration, times in counts.items() if duration.suspended),
            gross=self._days(gross),
            net=self._days(net),
            share_of_limit=self._share(counts),
        )

    def _days(self, days: Counter[int]) -> LeadTimeDaysOut:
        return LeadTimeDaysOut(
            median=percentile(days, 50),
            percentile_90=percentile(days, 90),
            mean=mean(days, 2),
            histogram=classes(days, range(self.longest)),
        )

    def _share(self, counts: Counter[Duration]) -> LeadTimeShareOut:
        shares: Counter[Fraction] = Counter()
        unmeasured: Counter[str] = Counter()
        for duration, times in counts.items():
            if duration.length is None:
                unmeasured[duration.limit_unit] += times
            else:
                shares[Fraction(duration.net, duration.length)] += times
        numbers = zip(LeadTimeClassesOut.model_fields, classes(shares, _QUARTERS), strict=True)
        return LeadTimeShareOut(
            number=number(shares),
            median=_shown(percentile(shares, 50)),
            percentile_90=_shown(percentile(shares, 90)),
            classes=LeadTimeClassesOut(**dict(numbers)),
            unmeasured=LeadTimeUnmeasuredOut(
                same_day=unmeasured[LimitUnit.SAME_DAY], working_hour=unmeasured[LimitUnit.WORKING_HOUR]
            ),
            hint=hint(shares, self.min_volume),
        )


def hint(shares: Mapping[Fraction, int], min_volume: int) -> Hint | None:
    """The hint on a limit from the shares of it that dossiers used; None for fewer than `min_volume` dossiers.

    `impossible`: the median is over 100 %, so more than half took longer. `tight`: the 90th percentile is over 100 %,
    so more than one in ten did. `generous`: the 90th percentile is at most 50 %. `fitting`: none of these.
    """
    median, ninetieth = percentile(shares, 50), percentile(shares, 90)
    if median is None or ninetieth is None or number(shares) < min_volume:
        return None
    if median > _WHOLE:
        return "impossible"
    if ninetieth > _WHOLE:
        return "tight"
    return "generous" if ninetieth <= _HALF else "fitting"


def _shown(share: Fraction | None) -> float | None:
    return None if share is None else cut(*share.as_integer_ratio())
