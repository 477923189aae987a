"""Request for a form: the reporting unit, the period, and the question of on-time figures."""

from dataclasses import dataclass
from datetime import datetime

from app.catalogue.cache import Reference
from app.catalogue.records import Unit
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.statistics.form_ii_06a.schemas import FormIn, Rows
from app.statistics.on_time.parameters import OnTimeIn
from app.statistics.on_time.periods import NamedPeriod, dates, named_period
from app.statistics.on_time.question import Question, question_of


@dataclass(frozen=True, slots=True)
class FormRequest:
    """One form: its unit, receiver, period and question; `period` is None for a period given by dates."""

    rows: Rows
    unit: Unit
    receiver: str | None
    name: str | None
    period: NamedPeriod | None
    question: Question


def form_request(query: FormIn, reference: Reference, now: datetime) -> FormRequest:
    """The form of the parameters at `now`.

    Raises Invalid: `field_needed` without a unit, `invalid` with two, and the refusals of a unit, a period or its dates
    (`unknown_unit`, `ambiguous_unit`, `period_unknown`, `period_twice`, `period_invalid`, `period_in_future`).
    """
    if query.unit is None and query.unit_id is None:
        raise Invalid("field_needed", "Name the unit that reports by `unit` or `unit_id`.", pointer="/unit")
    if query.unit is not None and query.unit_id is not None:
        raise Invalid("invalid", "Give either `unit` or `unit_id`.", pointer="/unit_id")
    first, last = dates(query.period, query.first, query.last)
    on = query.on or last or local_date(now)
    unit = reference.query_unit(query.unit, query.unit_id, on)
    assert unit is not None, "one of them is given"
    by = "field" if query.rows == "fields" else "unit"
    parameters = {"by": by, "from": first, "to": last, "unit_id": [unit.id], "successors": query.successors}
    return FormRequest(
        query.rows,
        unit,
        query.receiver,
        query.period,
        named_period(query.period) if query.period is not None else None,
        question_of(OnTimeIn.model_validate(parameters), reference, now),
    )
