"""The lead time made of what dossiers took: each row's distributions, and those of all together."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.limits import LimitUnit
from app.statistics.on_time.counts import Key
from app.statistics.on_time.parameters import BY_UNIT, Question, counted_units, row_unit
from app.statistics.on_time.presenting import TOTAL, always_shown, label, place
from app.statistics.trends import queries
from app.statistics.trends.distribution import classes, mean, number, percentile, rounded
from app.statistics.trends.durations import Measure, Taken
from app.statistics.trends.schemas import Hint, LeadTimeRowOut, ShareClassesOut, ShareOut, TimesOut, UnmeasuredOut

_QUARTERS = [Fraction(quarter, 4) for quarter in (1, 2, 3, 4)]
_HALF, _WHOLE = Fraction(1, 2), Fraction(1)

Label = tuple[str, int | None, str]


async def taken(connection: Connection, question: Question, reference: Reference) -> dict[Key, Counter[Taken]]:
    """What the dossiers of each row took that were finished in the question's periods."""
    units = counted_units(question, reference)
    measure = Measure(reference.calendar)
    found: dict[Key, Counter[Taken]] = {}
    for period in question.periods:
        rows = await queries.finished(connection, question, units, period)
        # Some hundred thousand at once take longer than other requests should wait.
        for key, counts in (await asyncio.to_thread(measure.taken, rows)).items():
            found.setdefault(_row_key(question, reference, key), Counter()).update(counts)
    return found


def _row_key(question: Question, reference: Reference, key: int | str) -> Key:
    if isinstance(key, str):
        return key
    if question.by in BY_UNIT:
        return row_unit(question, reference, key)
    procedure = reference.procedures[key]
    return procedure.field if question.by == "field" else procedure.code


@dataclass(frozen=True, slots=True)
class Shape:
    """How distributions are shown: where histograms end, and from how many dossiers on there is a hint."""

    longest: int
    min_volume: int

    def rows(
        self, question: Question, reference: Reference, found: Mapping[Key, Counter[Taken]], language: str
    ) -> list[LeadTimeRowOut]:
        """The rows in order; those shown always have one also where nothing was finished."""
        keys = found.keys() | always_shown(question, reference)
        shown = [self.row(label(question, reference, key, language), found.get(key, Counter())) for key in keys]
        return sorted(shown, key=lambda row: place(row.key, row.id))

    def total(self, found: Mapping[Key, Counter[Taken]], language: str) -> LeadTimeRowOut:
        """All rows together."""
        together: Counter[Taken] = Counter()
        for counts in found.values():
            together.update(counts)
        return self.row(("total", None, TOTAL[language]), together)

    def row(self, named: Label, counts: Counter[Taken]) -> LeadTimeRowOut:
        """The distributions of one row."""
        gross: Counter[int] = Counter()
        net: Counter[int] = Counter()
        for one, times in counts.items():
            gross[one.gross] += times
            net[one.net] += times
        key, unit_id, name = named
        return LeadTimeRowOut(
            key=key,
            id=unit_id,
            name=name,
            number=counts.total(),
            suspended=sum(times for one, times in counts.items() if one.suspended),
            gross=self._times(gross),
            net=self._times(net),
            share_of_limit=self._share(counts),
        )

    def _times(self, days: Counter[int]) -> TimesOut:
        return TimesOut(
            median=percentile(days, 50),
            percentile_90=percentile(days, 90),
            mean=mean(days, 2),
            histogram=classes(days, range(self.longest)),
        )

    def _share(self, counts: Counter[Taken]) -> ShareOut:
        shares: Counter[Fraction] = Counter()
        unmeasured: Counter[str] = Counter()
        for one, times in counts.items():
            if one.length is None:
                unmeasured[one.limit_unit] += times
            else:
                shares[Fraction(one.net, one.length)] += times
        return ShareOut(
            number=number(shares),
            median=_four_decimals(percentile(shares, 50)),
            percentile_90=_four_decimals(percentile(shares, 90)),
            classes=ShareClassesOut(**dict(zip(ShareClassesOut.model_fields, classes(shares, _QUARTERS), strict=True))),
            unmeasured=UnmeasuredOut(
                same_day=unmeasured[LimitUnit.SAME_DAY], working_hour=unmeasured[LimitUnit.WORKING_HOUR]
            ),
            hint=hint(shares, self.min_volume),
        )


def hint(shares: Mapping[Fraction, int], min_volume: int) -> Hint | None:
    """What the shares of a limit that dossiers used say of the limit; None of fewer than `min_volume` of them.

    `impossible`: the median is over the whole of it, so more than half took longer; `tight`: the 90th percentile is, so
    more than one in ten did; `generous`: the 90th percentile is at most half of it; `fitting`: none of these.
    """
    median, ninetieth = percentile(shares, 50), percentile(shares, 90)
    if median is None or ninetieth is None or number(shares) < min_volume:
        return None
    if median > _WHOLE:
        return "impossible"
    if ninetieth > _WHOLE:
        return "tight"
    return "generous" if ninetieth <= _HALF else "fitting"


def _four_decimals(share: Fraction | None) -> float | None:
    return None if share is None else rounded(share, 4)
