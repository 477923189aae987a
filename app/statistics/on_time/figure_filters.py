"""Figures as parts that queries can list, and the question narrowed to one row of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.catalogue.records import CHANNELS
from app.database import Connection
from app.domain.errors import Invalid
from app.http.errors import Forbidden
from app.rollups.facts import OPEN, SUBMITTED
from app.statistics.on_time.counts import Figures
from app.statistics.on_time.figures import count
from app.statistics.on_time.question import BY_UNIT, Question, RowKey


@dataclass(frozen=True, slots=True)
class OccurrencePart:
    """Occurrences of the period; None and False filter nothing."""

    kind: str
    channel: str | None = None
    verdict: str | None = None
    overdue: bool = False
    unapologised: bool = False


@dataclass(frozen=True, slots=True)
class SpanPart:
    """Dossiers submitted or open at the period's end, or `before` it; `overdue` None filters nothing."""

    phase: str = OPEN
    before: bool = False
    overdue: bool | None = None
    suspended: bool = False
    unapologised: bool = False
    long: bool = False


@dataclass(frozen=True, slots=True)
class MovePart:
    """Moves between rows: the dossiers that reached the row, or those that left it."""

    reached: bool


Part = OccurrencePart | SpanPart | MovePart

# The parts of each figure, which is their sum, by its name in the answer.
FIGURES: Mapping[str, tuple[Part, ...]] = {
    "received": (OccurrencePart("received"),),
    "received.total": (OccurrencePart("received"),),
    "received.counter": (OccurrencePart("received", channel="counter"),),
    "received.online": (OccurrencePart("received", channel="online"),),
    "received.postal": (OccurrencePart("received", channel="postal"),),
    "carried_over": (SpanPart(before=True),),
    "finished": (OccurrencePart("finished"),),
    "finished.total": (OccurrencePart("finished"),),
    "finished.early": (OccurrencePart("finished", verdict="early"),),
    "finished.on_time": (OccurrencePart("finished", verdict="on_time"),),
    "finished.late": (OccurrencePart("finished", verdict="late"),),
    "moved_in": (MovePart(reached=True),),
    "moved_out": (MovePart(reached=False),),
    "withdrawn": (OccurrencePart("withdrawn"),),
    "withdrawn.total": (OccurrencePart("withdrawn"),),
    "withdrawn.overdue": (OccurrencePart("withdrawn", overdue=True),),
    "discontinued": (OccurrencePart("discontinued"),),
    "discontinued.total": (OccurrencePart("discontinued"),),
    "discontinued.overdue": (OccurrencePart("discontinued", overdue=True),),
    "open": (SpanPart(),),
    "open.total": (SpanPart(),),
    "open.in_time": (SpanPart(overdue=False),),
    "open.overdue": (SpanPart(overdue=True),),
    "open.suspended": (SpanPart(suspended=True),),
    "late_without_apology": (
        OccurrencePart("finished", overdue=True, unapologised=True),
        SpanPart(overdue=True, unapologised=True),
    ),
    "submitted.new": (OccurrencePart("submitted"),),
    "submitted.declined": (OccurrencePart("declined"),),
    "submitted.withdrawn": (OccurrencePart("unsubmitted"),),
    "submitted.waiting": (SpanPart(SUBMITTED),),
    "submitted.waiting_over_one_working_day": (SpanPart(SUBMITTED, long=True),),
}
# Short names of totals, as `open` for `open.total`; two other totals are sums.
_TOTALS = frozenset({"withdrawn", "discontinued", "open"})
_RECEIVED = ("received.counter", "received.online", "received.postal")
_FINISHED = ("finished.early", "finished.on_time", "finished.late", "finished.unjudged")
_SUMS: Mapping[str, tuple[str, ...]] = {
    "received": _RECEIVED,
    "received.total": _RECEIVED,
    "finished": _FINISHED,
    "finished.total": _FINISHED,
    "late_without_apology": ("finished.late_unapologised", "open.overdue_unapologised"),
}


@dataclass(frozen=True, slots=True)
class RowQuestion:
    """The question of one row, or with `key` None of all; `families` are the units of each row where rows are units.

    A move within a family does not count.
    """

    question: Question
    key: RowKey | None
    families: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class RowFigure:
    """A figure of one row of a question."""

    figure: str
    row: RowQuestion


def row_question(question: Question, row: str | None) -> RowQuestion:
    """The question of the row with this key in the answer, for units with this id; None stands for the total.

    Raises Invalid `unknown_row`.
    """
    if question.by in BY_UNIT:
        return _unit_row(question, row)
    if row is None:
        return RowQuestion(question, None, ())
    if question.by == "month":
        return _month_row(question, row)
    if question.by == "channel":
        if row not in (question.channels or CHANNELS):
            raise _unknown_row(row)
        return RowQuestion(replace(question, channels=frozenset({row})), row, ())
    procedures = frozenset(int(procedure_id) for procedure_id, key in question.row_keys.items() if key == row)
    if question.procedures is not None:
        procedures &= question.procedures
    if not procedures:
        raise _unknown_row(row)
    return RowQuestion(replace(question, procedures=procedures), row, ())


def row_figure(question: Question, figure: str, row: str | None) -> RowFigure:
    """The figure of the row; raises Invalid `unknown_figure` or `unknown_row`."""
    if figure not in FIGURES:
        possible = ", ".join(FIGURES)
        raise Invalid("unknown_figure", f"There is no figure {figure!r}; possible: {possible}.", pointer="/figure")
    return RowFigure(figure, row_question(question, row))


def require_within(question: Question, scope: frozenset[int] | None) -> None:
    """Raises Forbidden `figures_of_other_units` if units outside the scope count (None: the scope is all units)."""
    units = question.counted_units
    if scope is not None and (units is None or not units <= scope):
        raise Forbidden(
            "figures_of_other_units", "Your token opens the figures of its own units; name one of them by `unit`."
        )


async def size(connection: Connection, opened: RowFigure) -> int:
    """The figure itself."""
    question, key = opened.row.question, opened.row.key
    counts, by_month = await count(connection, question), question.by == "month"
    if key is None:
        figures = counts.total(len(question.periods))
    else:
        figures = counts.rows(by_month, len(question.periods)).get(0 if by_month else key, Figures())
    name = opened.figure
    if name in _SUMS:
        return sum(figures[part] for part in _SUMS[name])
    if name == "open.in_time":
        return figures["open.total"] - figures["open.overdue"]
    return figures[f"{name}.total" if name in _TOTALS else name]


def _unit_row(question: Question, row: str | None) -> RowQuestion:
    counted = question.counted_units
    families: dict[int, set[int]] = {}
    for unit in question.reference.units if counted is None else counted:
        families.setdefault(question.row_units[unit], set()).add(unit)
    if row is None:
        return RowQuestion(question, None, tuple(map(frozenset, families.values())))
    key = int(row) if row.isascii() and row.isdigit() and len(row) < 10 else None
    if key is None or key not in families:
        raise _unknown_row(row)
    family = frozenset(families[key])
    return RowQuestion(replace(question, units=family), key, (family,))


def _month_row(question: Question, row: str) -> RowQuestion:
    for period in question.periods:
        if row == f"{period.first:%Y-%m}":
            return RowQuestion(replace(question, first=period.first, last=period.last, whole=period), row, ())
    raise _unknown_row(row)


def _unknown_row(row: str) -> Invalid:
    return Invalid("unknown_row", f"The figures have no row {row!r}; a unit's row has its id.", pointer="/row")
