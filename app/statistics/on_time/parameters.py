"""What a client asks of the figures: the parameters, and the question they make on one day over one register."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, get_origin

from pydantic import BaseModel, Field
from starlette.datastructures import QueryParams

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.localtime import at_minute, local_date
from app.http.wire_types import Day
from app.statistics.on_time.periods import PERIOD_DESCRIPTION, PeriodName, dates
from app.text_input import Name

By = Literal["office", "commune", "unit", "field", "procedure", "channel", "month", "level"]
Basis = Literal["responsible", "receiving", "step"]
Channel = Literal["counter", "online", "postal"]

BY_UNIT = frozenset({"office", "commune", "unit"})
_MOST_MONTHS = 240

Words = Annotated[list[Name], Field(max_length=50)]


class FiguresIn(BaseModel):
    """The parameters of all figures; a filter given twice means either."""

    period: PeriodName | None = Field(None, description=PERIOD_DESCRIPTION)
    first: Day | None = Field(None, alias="from", description="first date; by default 1 January of the year of `to`")
    last: Day | None = Field(None, alias="to", description="last date; by default today")
    unit: Words = Field([], description="code: this unit and its subtree", examples=[["20899"]])
    unit_id: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        [], max_length=50, description="id: this unit and its subtree"
    )
    on: Day | None = Field(None, description="the date on which `unit` bore its code; by default `to`")
    field: Words = Field([], description="field of the procedure", examples=[["Hộ tịch"]])
    procedure: Words = Field([], description="code of the procedure", examples=[["1.004837"]])
    channel: list[Channel] = Field([], max_length=3, description="how the dossier came in")
    successors: bool = Field(False, description="add predecessors' figures to those of their successors")


class OnTimeIn(FiguresIn):
    """The parameters; a filter given twice means either."""

    by: By = Field("office", description="what a row stands for")
    basis: Basis = Field(
        "responsible",
        description="which unit a dossier counts for; `step` counts steps, each for the unit that does it",
    )


class BehindIn(OnTimeIn):
    """The same parameters, and which figure of which row is to be opened."""

    figure: str = Field(
        max_length=60,
        description="a figure by its place in the answer",
        examples=["finished.late"],
    )
    row: Name | None = Field(
        None,
        description="a row by its key, for units by its id; by default the total",
        examples=["18"],
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="how many items at most")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")


@dataclass(frozen=True, slots=True)
class Period:
    """The local dates [first, last], counted as of the instant `as_of`: the end of the last one, or now (rules §11).

    Counted is what happened before `until`. That is `as_of`; but of a period that has not ended it is the second
    after, as what happened in the present second did happen.
    """

    first: date
    last: date
    as_of: datetime
    until: datetime

    @property
    def start(self) -> datetime:
        """The beginning of its first day."""
        return at_minute(self.first, 0)


@dataclass(frozen=True, slots=True)
class Question:
    """Which dossiers are counted, for whom, and when; None where nothing is filtered, units and procedures as ids.

    `monthly`: each month of the period is counted apart, whatever a row stands for.
    """

    by: By
    basis: Basis
    first: date
    last: date
    whole: Period
    units: frozenset[int] | None
    procedures: frozenset[int] | None
    channels: frozenset[str] | None
    successors: bool = False
    monthly: bool = False

    @property
    def periods(self) -> list[Period]:
        """The periods counted, in order, each beginning where the last one ends: the months, or the whole."""
        return _months(self.whole) if self.monthly or self.by == "month" else [self.whole]


def parameters_of(model: type[BaseModel]) -> Mapping[str, bool]:
    """The names by which a client gives a model's fields, and whether each may be given more than once."""
    return {field.alias or name: get_origin(field.annotation) is list for name, field in model.model_fields.items()}


def refuse_unknown(given: QueryParams, known: Mapping[str, bool]) -> None:
    """Raises Invalid `unknown_parameter` or `parameter_twice`: a misspelt filter would silently count everything.

    `known`: as `parameters_of` has it. Of what is given twice and can hold once only, one would silently be left out.
    """
    for name in given:
        if name not in known:
            raise Invalid("unknown_parameter", f"There is no parameter {name!r} here.", pointer=f"/{name}")
        if not known[name] and len(given.getlist(name)) > 1:
            raise Invalid("parameter_twice", f"The parameter {name!r} is given twice.", pointer=f"/{name}")


def asked(query: OnTimeIn, reference: Reference, now: datetime) -> Question:
    """The question that the parameters make now.

    Raises Invalid: `period_unknown`, `period_twice`, `period_invalid`, `period_in_future`, `period_too_long`,
    `unknown_field`, `unknown_procedure`, and what naming a unit may raise.
    """
    today = local_date(now)
    begins, ends = dates(query.period, query.first, query.last)
    last = ends or max(today, begins or today)
    first = begins or date(last.year, 1, 1)
    whole = _period(first, last, today, now)
    if query.by == "month" and _month_number(whole.last) - _month_number(first) >= _MOST_MONTHS:
        raise Invalid("period_too_long", f"At most {_MOST_MONTHS} months can be asked for at once.", pointer="/from")
    return Question(
        query.by,
        query.basis,
        first,
        last,
        whole,
        _units(query, reference, query.on or last),
        _procedures(query, reference),
        frozenset(query.channel) or None,
        query.successors,
    )


def row_unit(question: Question, reference: Reference, unit_id: int) -> int:
    """The unit in whose row a unit's figures stand: its own, or with `successors` its latest successor's."""
    successor = reference.units[unit_id].successor_id if question.successors else None
    while successor is not None:
        unit_id, successor = successor, reference.units[successor].successor_id
    return unit_id


def counted_units(question: Question, reference: Reference) -> frozenset[int] | None:
    """The units whose figures stand in some row, None where all do; rules §11: offices in the office table only."""
    if question.by not in ("office", "commune"):
        return question.units
    among = reference.units.keys() if question.units is None else question.units
    return frozenset(one for one in among if reference.units[row_unit(question, reference, one)].kind == question.by)


def _period(first: date, last: date, today: date, now: datetime) -> Period:
    if first > last:
        raise Invalid("period_invalid", f"The period ends, on {last}, before it begins, on {first}.", pointer="/from")
    if first > today:
        raise Invalid("period_in_future", f"The period begins, on {first}, after today.", pointer="/from")
    if last >= today:
        return Period(first, today, now, now + timedelta(seconds=1))
    return _ended(first, last)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _months(whole: Period) -> list[Period]:
    numbers = range(_month_number(whole.first), _month_number(whole.last) + 1)
    begins = [max(whole.first, date(number // 12, number % 12 + 1, 1)) for number in numbers]
    ends = [one - timedelta(days=1) for one in begins[1:]]
    closed = [_ended(first, last) for first, last in zip(begins, ends, strict=False)]
    return [*closed, replace(whole, first=begins[-1])]


def _ended(first: date, last: date) -> Period:
    end = at_minute(last + timedelta(days=1), 0)
    return Period(first, last, end, end)


def _units(query: OnTimeIn, reference: Reference, on: date) -> frozenset[int] | None:
    if not query.unit and not query.unit_id:
        return None
    codes = (reference.query_unit(code, None, on) for code in query.unit)
    ids = (reference.query_unit(None, unit_id, on) for unit_id in query.unit_id)
    roots = {unit.id for unit in (*codes, *ids) if unit is not None}
    found = {unit for root in roots for unit in reference.subtree(root)}
    if query.successors:
        found |= {former for unit in list(found) for former in reference.predecessors(unit)}
    return frozenset(found)


def _procedures(query: OnTimeIn, reference: Reference) -> frozenset[int] | None:
    if not query.field and not query.procedure:
        return None
    fields = {procedure.field for procedure in reference.procedures.values()}
    for name in query.field:
        if name not in fields:
            raise Invalid("unknown_field", f"No procedure is of the field {name!r}.", pointer="/field")
    codes = {reference.procedure(code).id for code in query.procedure}
    return frozenset(
        one.id
        for one in reference.procedures.values()
        if (not query.field or one.field in query.field) and (not codes or one.id in codes)
    )
