"""Which dossiers stand behind a figure: the figure's definition, and the question narrowed to one row."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.errors import Invalid
from app.http.errors import Forbidden
from app.rollups.facts import OPEN, SUBMITTED
from app.statistics.on_time.counts import Figures, Key
from app.statistics.on_time.figures import count
from app.statistics.on_time.parameters import BY_UNIT, Question, counted_units, row_unit


@dataclass(frozen=True, slots=True)
class Happened:
    """What occurred in the period; None and False where it is not asked for."""

    kind: str
    channel: str | None = None
    verdict: str | None = None
    overdue: bool = False
    unapologised: bool = False


@dataclass(frozen=True, slots=True)
class Stood:
    """What was submitted or open at the period's end, or `before` it; `overdue` None: whether or not."""

    phase: str = OPEN
    before: bool = False
    overdue: bool | None = None
    suspended: bool = False
    unapologised: bool = False
    long: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """What became another row's, or had been another's."""

    reached: bool


Part = Happened | Stood | Moved

# Each figure by its name in the answer, the sum of its parts.
FIGURES: Mapping[str, tuple[Part, ...]] = {
    "received": (Happened("received"),),
    "received.total": (Happened("received"),),
    "received.counter": (Happened("received", channel="counter"),),
    "received.online": (Happened("received", channel="online"),),
    "received.postal": (Happened("received", channel="postal"),),
    "carried_over": (Stood(before=True),),
    "finished": (Happened("finished"),),
    "finished.total": (Happened("finished"),),
    "finished.early": (Happened("finished", verdict="early"),),
    "finished.on_time": (Happened("finished", verdict="on_time"),),
    "finished.late": (Happened("finished", verdict="late"),),
    "moved_in": (Moved(reached=True),),
    "moved_out": (Moved(reached=False),),
    "withdrawn": (Happened("withdrawn"),),
    "withdrawn.total": (Happened("withdrawn"),),
    "withdrawn.overdue": (Happened("withdrawn", overdue=True),),
    "discontinued": (Happened("discontinued"),),
    "discontinued.total": (Happened("discontinued"),),
    "discontinued.overdue": (Happened("discontinued", overdue=True),),
    "open": (Stood(),),
    "open.total": (Stood(),),
    "open.in_time": (Stood(overdue=False),),
    "open.overdue": (Stood(overdue=True),),
    "open.suspended": (Stood(suspended=True),),
    "late_without_apology": (
        Happened("finished", overdue=True, unapologised=True),
        Stood(overdue=True, unapologised=True),
    ),
    "submitted.new": (Happened("submitted"),),
    "submitted.declined": (Happened("declined"),),
    "submitted.withdrawn": (Happened("unsubmitted"),),
    "submitted.waiting": (Stood(SUBMITTED),),
    "submitted.waiting_over_one_working_day": (Stood(SUBMITTED, long=True),),
}
# `open` is `open.total`, and so on; two totals are sums.
WHOLE = frozenset({"withdrawn", "discontinued", "open"})
_RECEIVED = ("received.counter", "received.online", "received.postal")
_FINISHED = ("finished.early", "finished.on_time", "finished.late", "finished.unjudged")
_SUMS: Mapping[str, tuple[str, ...]] = {
    "received": _RECEIVED,
    "received.total": _RECEIVED,
    "finished": _FINISHED,
    "finished.total": _FINISHED,
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The question of one row, None for all of them; `families` are the units of each row, where rows are units.

    A move within a family is none.
    """

    question: Question
    key: Key | None
    families: tuple[frozenset[int], ...]


def narrowed(question: Question, reference: Reference, row: str | None) -> Narrowed:
    """The question of the row that an answer shows by this key, for units by this id; None: of the total.

    Raises Invalid `unknown_row`.
    """
    if question.by in BY_UNIT:
        return _unit_row(question, reference, row)
    if row is None:
        return Narrowed(question, None, ())
    if question.by == "month":
        return _month_row(question, row)
    if question.by == "channel":
        channels = question.channels or frozenset({"counter", "online", "postal"})
        return Narrowed(replace(question, channels=_one(channels, row)), row, ())
    procedures = {
        one.id
        for one in reference.procedures.values()
        if row == {"procedure": one.code, "field": one.field, "level": one.level}[question.by]
    }
    if question.procedures is not None:
        procedures &= question.procedures
    if not procedures:
        raise _unknown(row)
    return Narrowed(replace(question, procedures=frozenset(procedures)), row, ())


@dataclass(frozen=True, slots=True)
class Behind:
    """A figure of one row of a question."""

    figure: str
    narrowed: Narrowed
    reference: Reference


def opened(question: Question, reference: Reference, figure: str, row: str | None) -> Behind:
    """The figure of the row; raises Invalid `unknown_figure` or `unknown_row`."""
    if figure not in FIGURES:
        possible = ", ".join(FIGURES)
        raise Invalid("unknown_figure", f"There is no figure {figure!r}; possible: {possible}.", pointer="/figure")
    return Behind(figure, narrowed(question, reference, row), reference)


def require_within(question: Question, reference: Reference, scope: frozenset[int] | None) -> None:
    """Raises Forbidden `figures_of_other_units` where figures count for units outside the scope (None: all)."""
    units = counted_units(question, reference)
    if scope is not None and (units is None or not units <= scope):
        raise Forbidden(
            "figures_of_other_units", "Your token opens the figures of its own units; name one of them by `unit`."
        )


async def size(connection: Connection, behind: Behind) -> int:
    """The figure itself."""
    question = behind.narrowed.question
    counted = await count(connection, question, behind.reference)
    if behind.narrowed.key is None:
        figures = counted.total(len(question.periods))
    else:
        key = 0 if question.by == "month" else behind.narrowed.key
        figures = counted.rows(question.by == "month", len(question.periods)).get(key, Figures())
    name = behind.figure
    if name in _SUMS:
        return sum(figures[part] for part in _SUMS[name])
    if name == "open.in_time":
        return figures["open.total"] - figures["open.overdue"]
    return figures[f"{name}.total" if name in WHOLE else name]


def _unit_row(question: Question, reference: Reference, row: str | None) -> Narrowed:
    counted = counted_units(question, reference)
    among = reference.units.keys() if counted is None else counted
    families: dict[int, set[int]] = {}
    for unit in among:
        families.setdefault(row_unit(question, reference, unit), set()).add(unit)
    if row is None:
        return Narrowed(question, None, tuple(map(frozenset, families.values())))
    key = int(row) if row.isascii() and row.isdigit() and len(row) < 10 else None
    if key is None or key not in families:
        raise _unknown(row)
    family = frozenset(families[key])
    return Narrowed(replace(question, units=family), key, (family,))


def _month_row(question: Question, row: str) -> Narrowed:
    for period in question.periods:
        if row == f"{period.first:%Y-%m}":
            first: date = period.first
            one = replace(question, first=first, last=period.last, whole=period)
            return Narrowed(one, row, ())
    raise _unknown(row)


def _one(channels: frozenset[str], row: str) -> frozenset[str]:
    if row not in channels:
        raise _unknown(row)
    return frozenset({row})


def _unknown(row: str) -> Invalid:
    return Invalid("unknown_row", f"The figures have no row {row!r}; for units it is the id.", pointer="/row")
