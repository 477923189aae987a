"""The trend made of the figures: each row's months, and the months of all rows together."""

from collections.abc import Sequence

from app.catalogue.cache import Reference
from app.statistics.on_time.counts import Counted, Figures
from app.statistics.on_time.parameters import Period, Question
from app.statistics.on_time.presenting import TOTAL, always_shown, label, place, row_of
from app.statistics.trends.schemas import MonthOut, TrendRowOut

# A row's key, its unit's id, and its name.
Label = tuple[str, int | None, str]


def months_of_rows(
    question: Question, reference: Reference, counted: Counted, language: str
) -> tuple[list[TrendRowOut], TrendRowOut]:
    """The rows in order and their total, named in the language ("vi" or "en"); the question counts months apart.

    There is a row for whatever has one in the on-time figures of the whole period (rules §11).
    """
    periods = question.periods
    always = always_shown(question, reference)
    total = [Figures() for _ in periods]
    rows = []
    for key in counted.rows(False, len(periods)).keys() | always:
        months = [counted.figures(number, key) for number in range(len(periods))]
        for sums, one in zip(total, months, strict=True):
            sums.update(one)
        if key in always or any(any(one.values()) for one in months):
            rows.append(_row(label(question, reference, key, language), periods, months))
    rows.sort(key=lambda row: place(row.key, row.id))
    return rows, _row(("total", None, TOTAL[language]), periods, total)


def _row(named: Label, periods: Sequence[Period], months: Sequence[Figures]) -> TrendRowOut:
    key, unit_id, name = named
    found = [_month(period, one) for period, one in zip(periods, months, strict=True)]
    return TrendRowOut(key=key, id=unit_id, name=name, months=found)


def _month(period: Period, one: Figures) -> MonthOut:
    row = row_of("", None, "", one)
    return MonthOut(
        month=f"{period.first:%Y-%m}",
        first=period.first,
        last=period.last,
        received=row.received,
        carried_over=row.carried_over,
        moved_in=row.moved_in,
        finished=row.finished,
        withdrawn=row.withdrawn,
        discontinued=row.discontinued,
        moved_out=row.moved_out,
        open=row.open,
        rate_of_finished=row.rate_of_finished,
        rate_of_due=row.rate_of_due,
    )
