"""The facts of the board: on-time rates of units with their confidence intervals, and rates by month."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal
from urllib.parse import urlencode

from app.catalogue.cache import Reference
from app.domain.localtime import local_date
from app.http.wire_types import validated
from app.statistics.on_time.counts import Figures, RowCounts
from app.statistics.on_time.presenting import answer_data, rate_of_due, rate_of_finished
from app.statistics.on_time.question import Question
from app.statistics.rankings.definitions import DEFINITIONS
from app.statistics.rankings.intervals import wilson
from app.statistics.rankings.scores import Rate
from app.statistics.trends.parameters import TrendIn, monthly_question
from app.web.public.charts import floor_of, monthly_line, spark
from app.web.public.periods import period_choices, title_of

Kind = Literal["office", "commune"]

PARAMETERS = ("by", "period", "from", "to", "rate", "sort", "wall")
# A display in a hall does not scroll.
_MOST_ON_WALL = 14

_RATES: Mapping[Rate, Callable[[Figures], dict[str, Any]]] = {"finished": rate_of_finished, "due": rate_of_due}
_Row = Mapping[str, Any]


def _rate(row: _Row) -> Fraction:
    # Units without a rate come last.
    rate = row["rate"]
    return Fraction(rate["numerator"], rate["denominator"]) if rate["denominator"] else Fraction(-1)


_SORTS: Mapping[str, Callable[[_Row], Any]] = {
    "name": lambda row: row["key"],
    "rate": _rate,
    "finished": lambda row: row["finished"]["total"],
    "late": lambda row: row["finished"]["late"],
    "received": lambda row: row["received"]["total"],
    "open": lambda row: row["open"]["total"],
    "overdue": lambda row: row["open"]["overdue"],
}


@dataclass(frozen=True, slots=True)
class Board:
    """A validated request: its parameters, the question for the figures, the rate, and the order of the rows."""

    query: Mapping[str, str]
    question: Question
    rate: Rate
    sort: str

    @property
    def is_wall(self) -> bool:
        """True for the display in a hall."""
        return "wall" in self.query


def parse_board(query: Mapping[str, str], reference: Reference, now: datetime) -> Board:
    """The board of the parameters. Without them: communes, the year so far, and the best first.

    Raises Invalid as the figures do. An unknown order or rate is ignored.
    """
    period = {name: query[name] for name in ("period", "from", "to") if name in query}
    by = query["by"] if query.get("by") in ("office", "commune") else "commune"
    question = monthly_question(validated(TrendIn, {"by": by, **period}, ""), reference, now)
    sort = query.get("sort", "")
    return Board(
        query=query,
        question=question,
        rate="due" if query.get("rate") == "due" else "finished",
        sort=sort if sort.removeprefix("-") in _SORTS else "-rate",
    )


def board_facts(
    board: Board, counts: RowCounts, changed: datetime | None, now: datetime, language: str
) -> dict[str, Any]:
    """The facts of the template `board.html`; `counts` are by month."""
    question = board.question
    figures = answer_data(question, counts, None, language)
    name = DEFINITIONS[board.rate].name
    rows = [_row(row, row[name], question.reference) for row in figures["rows"]]
    rows.sort(key=lambda row: (row["key"], row["id"]))
    rows.sort(key=_SORTS[board.sort.removeprefix("-")], reverse=board.sort.startswith("-"))
    visible = rows[:_MOST_ON_WALL] if board.is_wall else rows
    _add_sparks(visible, board, counts)
    total = figures["total"]
    return {
        "by": question.by,
        "rate": board.rate,
        "sort": board.sort,
        "query": board.query,
        "rows": visible,
        "left_out": len(rows) - len(visible),
        "total": _with_interval(total, total[name]),
        "line_of": _line(board, counts),
        "definition": DEFINITIONS[board.rate].words[language],
        "title": title_of(question, board.query.get("period"), language),
        "periods": period_choices(local_date(now), board.query.get("period"), language),
        "first": question.first,
        "last": question.last,
        "as_of": question.whole.as_of.replace(second=0),
        "changed": changed,
        "figures_query": urlencode({"by": question.by, "from": question.first, "to": question.last}),
    }


def _row(row: dict[str, Any], rate: Mapping[str, Any], reference: Reference) -> dict[str, Any]:
    return {**_with_interval(row, rate), "name": reference.units[row["id"]].full_name}


def _with_interval(row: Mapping[str, Any], rate: Mapping[str, Any]) -> dict[str, Any]:
    """The row with the displayed rate and its confidence interval."""
    interval = wilson(rate["numerator"], rate["denominator"])
    low, high = interval.shown if interval else (None, None)
    return {**row, "rate": rate, "low": low, "high": high}


def _add_sparks(rows: list[dict[str, Any]], board: Board, counts: RowCounts) -> None:
    numbers, rate = range(len(board.question.periods)), _RATES[board.rate]
    months = [[rate(counts.figures(number, row["id"]))["value"] for number in numbers] for row in rows]
    floor = floor_of([value for values in months for value in values])
    for row, values in zip(rows, months, strict=True):
        row["spark"] = spark(values, floor)


def _line(board: Board, counts: RowCounts) -> Any:
    """The rate of all rows together and the number of finished dossiers, by month."""
    periods = board.question.periods
    sums = [Figures() for _ in periods]
    for key in counts.rows(False, len(periods)):
        for number, figures in enumerate(sums):
            figures.update(counts.figures(number, key))
    return monthly_line(
        [_month(period.first) for period in periods],
        [_RATES[board.rate](figures)["value"] for figures in sums],
        [sum(figures[f"finished.{verdict}"] for verdict in ("early", "on_time", "late")) for figures in sums],
    )


def _month(first: date) -> str:
    return f"{first.month}/{first.year % 100:02}"
