"""Question of the figures: the periods, the units and procedures that count, and their rows, each resolved once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import cast

from app.catalogue.cache import Reference, Unit
from app.catalogue.records import CHANNELS
from app.domain.errors import Invalid
from app.domain.localtime import at_minute, local_date
from app.rollups.buckets import Stretches, stretches_of
from app.rollups.increments import EVERYTHING
from app.rollups.queries import Selection
from app.statistics.on_time.parameters import Basis, By, OnTimeIn, PeriodIn
from app.statistics.on_time.periods import dates

BY_UNIT = frozenset({"office", "commune", "unit"})
# The identity of a row: a unit's id, a code or name, or the period's index where rows are months.
RowKey = int | str

_MOST_MONTHS = 240
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The local dates [first, last], counted as of the instant `as_of`: the end of the last one, or now (rules §11).

    Events before `until` count. For an ended period that is `as_of`. Otherwise it is the second after now, because an
    event of the present second has happened.
    """

    first: date
    last: date
    as_of: datetime
    until: datetime

    @property
    def start(self) -> datetime:
        """The beginning of the first day."""
        return at_minute(self.first, 0)


@dataclass(frozen=True)
class Question:
    """The dossiers that count, for which units and when; a filter that is None filters nothing, units are ids.

    `roots` are the units of the query, `units` these with their subtrees. `monthly` counts each month of the period by
    itself. The cached properties are derived from these.
    """

    reference: Reference = field(repr=False, compare=False)
    by: By
    basis: Basis
    first: date
    last: date
    whole: Period
    roots: tuple[Unit, ...] = ()
    units: frozenset[int] | None = None
    procedures: frozenset[int] | None = None
    channels: frozenset[str] | None = None
    successors: bool = False
    monthly: bool = False

    def __post_init__(self) -> None:
        """Resolves the question at once, so that every later step finds the values ready."""
        for name in ("periods", "row_units", "counted_units", "selection", "row_keys", "stretches"):
            getattr(self, name)

    @cached_property
    def periods(self) -> list[Period]:
        """The periods in order, each from the end of the one before: the months, or the whole."""
        return _months(self.whole) if self.monthly or self.by == "month" else [self.whole]

    @cached_property
    def stretches(self) -> Stretches:
        """The days up to the first period, then the days of each period."""
        first = self.periods[0].first
        return stretches_of([first - _DAY if first > date.min else first, *(period.last for period in self.periods)])

    @cached_property
    def row_units(self) -> Mapping[int, int]:
        """For each unit the unit of its row: itself, or with `successors` its latest successor.

        The figures of a divided unit go to its main successor, or to another one where that is asked for alone. In a
        table of communes those of a department go to its commune.
        """
        units = self.reference.units
        rows = {
            unit_id: _latest(unit, units, self.units) if self.successors else unit_id for unit_id, unit in units.items()
        }
        if self.by != "commune":
            return rows
        return {unit_id: rows[_commune(units[row], units)] for unit_id, row in rows.items()}

    @cached_property
    def counted_units(self) -> frozenset[int] | None:
        """The units with figures in some row, None for all; a table of offices has offices only (rule 11.6)."""
        if self.by not in ("office", "commune"):
            return self.units
        units, rows = self.reference.units, self.row_units
        counted = units.keys() if self.units is None else self.units
        return frozenset(unit_id for unit_id in counted if units[rows[unit_id]].kind == self.by)

    @cached_property
    def selection(self) -> Selection:
        """The rolled-up counts that the question sums."""
        unit = "receiving" if self.basis == "receiving" else "unit"
        by = {**dict.fromkeys(BY_UNIT, unit), "channel": "channel", "month": None}
        filters = {unit: self.counted_units, "procedure": self.procedures, "channel": self.channels}
        return Selection(
            subject="step" if self.basis == "step" else "dossier",
            by=by.get(self.by, "procedure"),
            filters={name: values for name, values in filters.items() if values is not None},
        )

    @cached_property
    def row_keys(self) -> Mapping[int | str, RowKey]:
        """The row of each key of the rolled-up counts: of a unit's id, a procedure's id or a channel."""
        match self.by:
            case "office" | "commune" | "unit":
                return cast("Mapping[int | str, RowKey]", self.row_units)
            case "month":
                return {EVERYTHING: EVERYTHING}
            case "channel":
                return {channel: channel for channel in CHANNELS}
            case "field":
                return {procedure.id: procedure.field for procedure in self.reference.procedures.values()}
            case "level":
                return {procedure.id: procedure.level for procedure in self.reference.procedures.values()}
            case "procedure":
                return {procedure.id: procedure.code for procedure in self.reference.procedures.values()}


def question_of(query: OnTimeIn, reference: Reference, now: datetime, *, monthly: bool = False) -> Question:
    """The question of the parameters at `now`.

    Raises Invalid: `period_unknown`, `period_twice`, `period_invalid`, `period_in_future`, `period_too_long`,
    `unknown_field`, `unknown_procedure`, and the refusals of `Reference.query_unit`.
    """
    first, last, whole = period_of(query, now)
    if query.by == "month":
        require_months(whole, _MOST_MONTHS)
    roots = _roots(query, reference, query.on or last)
    return Question(
        reference=reference,
        by=query.by,
        basis=query.basis,
        first=first,
        last=last,
        whole=whole,
        roots=roots,
        units=_units(roots, reference, successors=query.successors) if roots else None,
        procedures=_procedures(query, reference),
        channels=frozenset(query.channel) or None,
        successors=query.successors,
        monthly=monthly,
    )


def period_of(query: PeriodIn, now: datetime) -> tuple[date, date, Period]:
    """First and last date of the period as it is asked, and the period as it is counted at `now`.

    Raises Invalid: `period_unknown`, `period_twice`, `period_invalid`, `period_in_future`.
    """
    today = local_date(now)
    begins, ends = dates(query.period, query.first, query.last)
    last = ends or max(today, begins or today)
    first = begins or date(last.year, 1, 1)
    return first, last, _period(first, last, today, now)


def require_months(whole: Period, most: int) -> None:
    """Raises Invalid `period_too_long` for a period of more than `most` months."""
    if _month_number(whole.last) - _month_number(whole.first) >= most:
        raise Invalid("period_too_long", f"One question covers at most {most} months.", pointer="/from")


def _latest(unit: Unit, units: Mapping[int, Unit], asked: frozenset[int] | None) -> int:
    while successors := unit.successors:
        counted = [successor for successor in successors if asked is None or successor in asked]
        unit = units[(counted or successors)[0]]
    return unit.id


def _commune(unit: Unit, units: Mapping[int, Unit]) -> int:
    """The commune above a department; any other unit itself."""
    above = unit.parent_id if unit.kind == "office" else None
    return above if above is not None and units[above].kind == "commune" else unit.id


# --- Periods ----------------------------------------------------------------------------------------------------------


def _period(first: date, last: date, today: date, now: datetime) -> Period:
    if first > last:
        raise Invalid("period_invalid", f"The period ends, on {last}, before it begins, on {first}.", pointer="/from")
    if first > today:
        raise Invalid("period_in_future", f"The period begins, on {first}, after today.", pointer="/from")
    if last >= today:
        return Period(first, today, now, now + timedelta(seconds=1))
    return ended(first, last)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _months(whole: Period) -> list[Period]:
    numbers = range(_month_number(whole.first), _month_number(whole.last) + 1)
    begins = [max(whole.first, date(number // 12, number % 12 + 1, 1)) for number in numbers]
    ends = [begin - _DAY for begin in begins[1:]]
    earlier = [ended(first, last) for first, last in zip(begins, ends, strict=False)]
    return [*earlier, replace(whole, first=begins[-1])]


def ended(first: date, last: date) -> Period:
    """The period of these dates, which are in the past."""
    end = at_minute(last + _DAY, 0)
    return Period(first, last, end, end)


# --- Units and procedures ---------------------------------------------------------------------------------------------


def _roots(query: OnTimeIn, reference: Reference, on: date) -> tuple[Unit, ...]:
    by_code = (reference.query_unit(code, None, on) for code in query.unit)
    by_id = (reference.query_unit(None, unit_id, on) for unit_id in query.unit_id)
    return tuple(unit for unit in (*by_code, *by_id) if unit is not None)


def _units(roots: Iterable[Unit], reference: Reference, *, successors: bool) -> frozenset[int]:
    units = {unit_id for unit in roots for unit_id in reference.subtree(unit.id)}
    if successors:
        units |= {former for unit_id in list(units) for former in reference.predecessors(unit_id)}
    return frozenset(units)


def _procedures(query: OnTimeIn, reference: Reference) -> frozenset[int] | None:
    if not query.field and not query.procedure:
        return None
    fields = {procedure.field for procedure in reference.procedures.values()}
    for name in query.field:
        if name not in fields:
            raise Invalid("unknown_field", f"No procedure is of the field {name!r}.", pointer="/field")
    ids = {reference.procedure(code).id for code in query.procedure}
    return frozenset(
        procedure.id
        for procedure in reference.procedures.values()
        if (not query.field or procedure.field in query.field) and (not ids or procedure.id in ids)
    )
