"""Trend from the on-time figures: the months of each row, and the months of all rows together."""

from collections.abc import Sequence

from app.statistics.on_time.counts import Figures, RowCounts
from app.statistics.on_time.presenting import TOTAL, always_shown, label, place, row_of
from app.statistics.on_time.question import Period, Question
from app.statistics.trends.schemas import TrendMonthOut, TrendRowOut


def months_of_rows(question: Question, counts: RowCounts, language: str) -> tuple[list[TrendRowOut], TrendRowOut]:
    """The rows in order and their total, named in the language ("vi" or "en"), of a monthly question.

    The rows are those of the on-time figures of the whole period (rules §11).
    """
    periods = question.periods
    always = always_shown(question)
    total = [Figures() for _ in periods]
    rows = []
    for key in counts.rows(False, len(periods)).keys() | always:
        months = [counts.figures(number, key) for number in range(len(periods))]
        for sums, figures in zip(total, months, strict=True):
            sums.update(figures)
        if key in always or any(any(figures.values()) for figures in months):
            rows.append(_row(label(question, key, language), periods, months))
    rows.sort(key=lambda row: place(row.key, row.id))
    return rows, _row(("total", None, TOTAL[language]), periods, total)


def _row(row_label: tuple[str, int | None, str], periods: Sequence[Period], months: Sequence[Figures]) -> TrendRowOut:
    key, unit_id, name = row_label
    shown = [_month(period, figures) for period, figures in zip(periods, months, strict=True)]
    return TrendRowOut(key=key, id=unit_id, name=name, months=shown)


def _month(period: Period, figures: Figures) -> TrendMonthOut:
    row = row_of("", None, "", figures)
    return TrendMonthOut(
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
