"""What a client asks of the patterns, who may ask, and the question that it makes."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.domain.lifecycle import Role
from app.http.errors import Forbidden
from app.statistics.irregularities.definitions import Pattern, Thresholds
from app.statistics.on_time.parameters import FiguresIn, OnTimeIn, Question, asked
from app.text_input import Name

By = Literal["office", "commune", "unit"]

MOST_MONTHS = 60
# Who oversees others; who records the finishes has the work list.
_OVERSEERS = frozenset({Role.SUPERVISOR, Role.REPORTER, Role.ADMINISTRATOR})


class PatternsIn(FiguresIn):
    """The parameters; a filter given twice means either."""

    by: By = Field("office", description="which units have a row")
    bulk_finishes: Annotated[int, Field(ge=2, le=1000)] = Field(
        10, description="so many finishes recorded by one client for one unit are recorded together, if …"
    )
    bulk_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        10, description="… they were recorded within so many minutes"
    )
    recorded_hours: Annotated[int, Field(ge=1, le=8784)] = Field(
        24, description="a finish recorded more than so many hours later is recorded long after the fact"
    )
    unreturned_days: Annotated[int, Field(ge=1, le=250)] = Field(
        30, description="by so many working days after the finish a result should have been returned"
    )

    @property
    def thresholds(self) -> Thresholds:
        """From where on something is counted."""
        return Thresholds(self.bulk_finishes, self.bulk_minutes, self.recorded_hours, self.unreturned_days)


class BehindPatternIn(PatternsIn):
    """The same parameters, and which pattern of which row is to be opened."""

    pattern: Pattern = Field(description="which pattern", examples=["finished_outside_hours"])
    row: Name | None = Field(None, description="a row by its unit's id; by default the total", examples=["18"])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="how many items at most")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")


_SHARED = set(FiguresIn.model_fields)


def patterns_question(query: PatternsIn, reference: Reference, now: datetime) -> Question:
    """The question about the period and the units; raises what `asked` raises.

    And Invalid `period_too_long` for more than `MOST_MONTHS`.
    """
    shared = query.model_dump(include=_SHARED, by_alias=True)
    question = asked(OnTimeIn.model_validate({**shared, "by": query.by}), reference, now)
    monthly = replace(question, monthly=True)
    if len(monthly.periods) > MOST_MONTHS:
        raise Invalid("period_too_long", f"At most {MOST_MONTHS} months can be asked for at once.", pointer="/from")
    return monthly


def require_overseer(caller: Caller) -> None:
    """Raises Forbidden `role_may_not` for clerks and officers: this is for who oversees them."""
    if caller.role not in _OVERSEERS:
        raise Forbidden("role_may_not", "Patterns are for supervisors, reporters and administrators.")
