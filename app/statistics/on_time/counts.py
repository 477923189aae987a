"""What was counted, by period and row: what happened, and what stood at each edge between periods (rules §11)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.database.tables import FIGURES
from app.rollups.increments import Numbers
from app.rollups.queries import Growth

# Figures by name: `received.online`, `finished.late`, `open.overdue`, …; those not in it are zero.
Figures = Counter[str]
# What tells rows apart: a unit's id, a code or name, or the period's index where rows are months.
Key = int | str

# What happened, and what stood, by the names of the answer.
_FLOWS: Mapping[str, str] = {
    "received_counter": "received.counter",
    "received_online": "received.online",
    "received_postal": "received.postal",
    "early": "finished.early",
    "on_time": "finished.on_time",
    "late": "finished.late",
    "unjudged": "finished.unjudged",
    "late_unapologised": "late_without_apology",
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
    "overdue_unapologised": "late_without_apology",
    "waiting": "submitted.waiting",
}
_FLOW_OF = {number: _FLOWS[name] for number, name in enumerate(FIGURES) if name in _FLOWS}
_STOCK_OF = {number: _STOCKS[name] for number, name in enumerate(FIGURES) if name in _STOCKS}


@dataclass(slots=True)
class Counted:
    """What happened per period and row, and what was waiting or open per edge and row; periods lie between edges."""

    flows: dict[tuple[int, Key], Figures] = field(default_factory=lambda: defaultdict(Counter))
    stocks: dict[tuple[int, Key], Figures] = field(default_factory=lambda: defaultdict(Counter))

    def rows(self, by_month: bool, periods: int) -> dict[Key, Figures]:
        """The figures of each row; a month is a period of its own."""
        if by_month:
            return {number: self.figures(number, 0) for number in range(periods)}
        return {key: self.over(key, periods) for key in {key for _, key in (*self.flows, *self.stocks)}}

    def total(self, periods: int) -> Figures:
        """The sum of the rows; over months what happened adds up, and what was open is that of the first and last."""
        total: Figures = Counter()
        for figures in self.flows.values():
            total.update(figures)
        for (edge, _), figures in self.stocks.items():
            if edge == periods:
                total.update(figures)
            if edge == 0:
                total["carried_over"] += figures["open.total"]
        return total

    def over(self, key: Key, periods: int) -> Figures:
        """What is counted of one row over all periods: what happened adds up, what stood is that of both ends."""
        none: Figures = Counter()
        figures = self.figures(periods - 1, key)
        for number in range(periods - 1):
            figures.update(self.flows.get((number, key), none))
        figures["carried_over"] = self.stocks.get((0, key), none)["open.total"]
        return figures

    def figures(self, period: int, key: Key) -> Figures:
        """What is counted of one row in one of the periods."""
        none: Figures = Counter()
        figures = self.flows.get((period, key), none) + self.stocks.get((period + 1, key), none)
        figures["carried_over"] = self.stocks.get((period, key), none)["open.total"]
        return figures

    def add(self, growth: Growth, named: Callable[[int | str], Key]) -> None:
        """What grew in each stretch, by the keys that rows are called by: what stood at an edge grew until then."""
        stood: dict[Key, Figures] = defaultdict(Counter)
        for edge, grown in enumerate(growth):
            for raw, numbers in grown.items():
                key = named(raw)
                _add(stood[key], numbers, _STOCK_OF)
                if edge:
                    _add(self.flows[edge - 1, key], numbers, _FLOW_OF)
            for key, figures in stood.items():
                self.stocks[edge, key] = Counter(figures)


def _add(figures: Figures, numbers: Numbers, names: Mapping[int, str]) -> None:
    for number, grown in numbers.items():
        if number in names:
            figures[names[number]] += grown
