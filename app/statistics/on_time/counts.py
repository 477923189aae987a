"""Counts by period and row: events within each period, and open dossiers at each edge between periods (rules §11)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.database.tables import FIGURES
from app.rollups.increments import Numbers
from app.rollups.queries import Growth
from app.statistics.on_time.question import RowKey

# Figures by name: `received.online`, `finished.late`, `open.overdue`, …; a missing name is zero.
Figures = Counter[str]

# The names in the answer, of events and of open dossiers.
_FLOWS: Mapping[str, str] = {
    "received_counter": "received.counter",
    "received_online": "received.online",
    "received_postal": "received.postal",
    "early": "finished.early",
    "on_time": "finished.on_time",
    "late": "finished.late",
    "unjudged": "finished.unjudged",
    "late_unapologised": "finished.late_unapologised",
    "withdrawn": "withdrawn.total",
    "withdrawn_overdue": "withdrawn.overdue",
    "discontinued": "discontinued.total",
    "discontinued_overdue": "discontinued.overdue",
    "submitted": "submitted.new",
    "declined": "submitted.declined",
    "unsubmitted": "submitted.withdrawn",
}
_STOCKS: Mapping[str, str] = {
    "open": "open.total",
    "suspended": "open.suspended",
    "overdue": "open.overdue",
    "overdue_unapologised": "open.overdue_unapologised",
    "waiting": "submitted.waiting",
}
_FLOW_OF = {number: _FLOWS[name] for number, name in enumerate(FIGURES) if name in _FLOWS}
_STOCK_OF = {number: _STOCKS[name] for number, name in enumerate(FIGURES) if name in _STOCKS}


@dataclass(slots=True)
class RowCounts:
    """Flows by period and row, stocks by edge and row; period n is between the edges n and n + 1.

    A flow counts events: received, finished, and so on. A stock counts dossiers that are submitted or open.
    """

    flows: dict[tuple[int, RowKey], Figures] = field(default_factory=lambda: defaultdict(Counter))
    stocks: dict[tuple[int, RowKey], Figures] = field(default_factory=lambda: defaultdict(Counter))

    def rows(self, by_month: bool, periods: int) -> dict[RowKey, Figures]:
        """The figures of each row; a month is a period of its own."""
        if by_month:
            return {number: self.figures(number, 0) for number in range(periods)}
        return {key: self._whole(key, periods) for key in {key for _, key in (*self.flows, *self.stocks)}}

    def total(self, periods: int) -> Figures:
        """The sum of the rows: flows of all periods, stocks of the first and last edge."""
        total: Figures = Counter()
        for figures in self.flows.values():
            total.update(figures)
        for (edge, _), figures in self.stocks.items():
            if edge == periods:
                total.update(figures)
            if edge == 0:
                total["carried_over"] += figures["open.total"]
        return total

    def figures(self, period: int, key: RowKey) -> Figures:
        """The figures of one row in one of the periods."""
        none: Figures = Counter()
        figures = self.flows.get((period, key), none) + self.stocks.get((period + 1, key), none)
        figures["carried_over"] = self.stocks.get((period, key), none)["open.total"]
        return figures

    def add(self, growth: Growth, row_keys: Mapping[int | str, RowKey]) -> None:
        """Adds the growth of each stretch; a stock at an edge is all that grew up to it."""
        open_then: dict[RowKey, Figures] = defaultdict(Counter)
        for edge, numbers_of in enumerate(growth):
            for rollup_key, numbers in numbers_of.items():
                key = row_keys[rollup_key]
                _add(open_then[key], numbers, _STOCK_OF)
                if edge:
                    _add(self.flows[edge - 1, key], numbers, _FLOW_OF)
            for key, figures in open_then.items():
                self.stocks[edge, key] = Counter(figures)

    def _whole(self, key: RowKey, periods: int) -> Figures:
        """The figures of one row over all periods."""
        none: Figures = Counter()
        figures = self.figures(periods - 1, key)
        for number in range(periods - 1):
            figures.update(self.flows.get((number, key), none))
        figures["carried_over"] = self.stocks.get((0, key), none)["open.total"]
        return figures


def _add(figures: Figures, numbers: Numbers, names: Mapping[int, str]) -> None:
    for number, growth in numbers.items():
        if number in names:
            figures[names[number]] += growth
