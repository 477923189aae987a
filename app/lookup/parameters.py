"""Checks the request for a due date, and resolves it to the basis of a computation (rules §4, §5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.catalogue.cache import Reference
from app.domain.calendar import DEFAULT_SESSIONS, at_minute, local_date
from app.domain.deadline import ClockPolicy, LimitUnit, Suspension, TimeLimit
from app.domain.errors import Invalid
from app.http.field_errors import of_pydantic
from app.http.wire_types import Day, Moment
from app.lookup.explanation import DeadlineCase
from app.lookup.schemas import DeadlineIn, SpanIn

# The longest duration of all suspensions together: five years with two leap days.
LONGEST = timedelta(days=5 * 365 + 2)

_DAY: TypeAdapter[Any] = TypeAdapter(Day)
_MOMENT: TypeAdapter[Any] = TypeAdapter(Moment)


@dataclass(frozen=True, slots=True)
class _Terms:
    limit: TimeLimit
    policy: ClockPolicy


def case_asked(reference: Reference, body: DeadlineIn) -> DeadlineCase:
    """The basis of the requested due date, with the present calendars (contract, Dossiers).

    Raises Invalid with a pointer to the procedure, channel, extension, unit, limit or suspension that does not fit.
    """
    on = local_date(body.received_at)
    terms = _terms(reference, body)
    if body.extension_days and terms.limit.unit is LimitUnit.WORKING_HOUR:
        raise Invalid("extension_not_possible", "A limit in hours cannot be extended.", pointer="/extension_days")
    sessions = DEFAULT_SESSIONS
    if body.unit is not None:
        sessions, _ = reference.sessions(reference.unit(body.unit, on).id, body.received_at)
    return DeadlineCase(
        body.received_at,
        terms.limit,
        reference.calendar,
        sessions,
        body.clock_policy or terms.policy,
        _suspensions(body, terms.limit.unit),
        body.extension_days,
    )


def _terms(reference: Reference, body: DeadlineIn) -> _Terms:
    if (body.procedure is None) == (body.limit is None):
        raise Invalid("invalid", "Name either a procedure or a limit.", pointer="/procedure")
    if body.procedure is not None:
        return _procedure_terms(reference, body, body.procedure)
    assert body.limit is not None
    if body.channel is not None:
        raise Invalid("invalid", "A channel goes with a procedure, not with a limit.", pointer="/channel")
    try:
        limit = TimeLimit(body.limit.amount, body.limit.unit)
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.detail, pointer="/limit/amount") from None
    return _Terms(limit, ClockPolicy.EXCLUDE)


def _procedure_terms(reference: Reference, body: DeadlineIn, code: str) -> _Terms:
    version = reference.version_on(reference.procedure(code), local_date(body.received_at))
    channel = body.channel or "counter"
    limit = version.limits.get(channel)
    if limit is None:
        raise Invalid(
            "channel_not_offered", f"The procedure cannot be requested by this channel ({channel}).", pointer="/channel"
        )
    if body.extension_days > version.max_extension:
        raise Invalid(
            "extension_not_possible",
            f"The procedure allows {version.max_extension} days of extension, not {body.extension_days}.",
            pointer="/extension_days",
        )
    return _Terms(limit, version.clock_policy)


def _suspensions(body: DeadlineIn, unit: LimitUnit) -> Sequence[Suspension]:
    in_hours = unit is LimitUnit.WORKING_HOUR
    spans = [_suspension(span, f"/suspensions/{index}", in_hours) for index, span in enumerate(body.suspensions)]
    lasting = sum((span.end - span.start for span in spans if span.end is not None), timedelta(0))
    if lasting > LONGEST:
        raise Invalid("suspension_invalid", "All suspensions together last five years at most.", pointer="/suspensions")
    return spans


def _suspension(span: SpanIn, pointer: str, in_hours: bool) -> Suspension:
    start = _instant(span.from_, f"{pointer}/from", in_hours)
    end = None if span.to is None else _instant(span.to, f"{pointer}/to", in_hours)
    if end is not None and end < start:
        raise Invalid("suspension_invalid", "A suspension cannot end before it begins.", pointer=f"{pointer}/to")
    return Suspension(start, end, span.reason.value)


def _instant(text: str, pointer: str, in_hours: bool) -> datetime:
    """The instant of the text, or the beginning of its day: limits in days compare dates only."""
    try:
        if in_hours:
            instant: datetime = _MOMENT.validate_python(text)
            return instant
        return at_minute(_DAY.validate_python(text), 0)
    except ValidationError as error:
        wrong = of_pydantic(pointer, error.errors()[0])
        raise Invalid("invalid", wrong["detail"], errors=[wrong]) from None
