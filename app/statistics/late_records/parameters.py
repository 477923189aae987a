"""Filter of the list of late records, from the query and the scope of a supervisor's token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.lifecycle import Action, Role
from app.domain.localtime import local_date
from app.http.errors import Forbidden
from app.statistics.late_records.schemas import LateRecordsIn
from app.statistics.scoped_units import scoped_units

_RECEIPTS = (Action.RECEIVE.value, Action.SUBMIT.value)


@dataclass(frozen=True, slots=True)
class LateRecordFilter:
    """Entries of these types and units (ids, None: all), recorded on the local dates from `first` to `last`."""

    types: Sequence[str]
    units: frozenset[int] | None
    first: date | None
    last: date | None


def late_record_filter(query: LateRecordsIn, reference: Reference, caller: Caller, now: datetime) -> LateRecordFilter:
    """The filter of the parameters for the caller at `now` (rules §8).

    Raises Forbidden `role_may_not` and `unit_of_others`, Invalid `period_invalid`, and the refusals of
    `Reference.query_unit`.
    """
    if caller.role is not Role.SUPERVISOR:
        raise Forbidden("role_may_not", "The list of late records is for supervisors.")
    if query.first and query.last and query.first > query.last:
        raise Invalid("period_invalid", "The period ends before it begins.", pointer="/from")
    on = query.on or query.last or local_date(now)
    units = scoped_units(reference, caller, query.unit, query.unit_id, on, now)
    types = [action.value for action in query.type] or _RECEIPTS
    return LateRecordFilter(types, units, query.first, query.last)
