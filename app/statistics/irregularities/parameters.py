"""Query parameters of the irregularities, the roles that may ask, and the question."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.domain.lifecycle import Role
from app.http.errors import Forbidden
from app.http.query_parameters import parameters_of
from app.statistics.irregularities.definitions import Irregularity, Thresholds
from app.statistics.on_time.parameters import FiguresIn, OnTimeIn
from app.statistics.on_time.question import Question, question_of, require_months
from app.text_input import Name

By = Literal["office", "commune", "unit"]

MOST_MONTHS = 60
# Roles that oversee others. Clerks and officers record the finishes and have the work list.
_OVERSEERS = frozenset({Role.SUPERVISOR, Role.REPORTER, Role.ADMINISTRATOR})


class IrregularitiesIn(FiguresIn):
    """Parameters of the irregularities; a repeated filter matches either value."""

    by: By = Field("office", description="which units have a row")
    bulk_finishes: Annotated[int, Field(ge=2, le=1000)] = Field(
        10, description="least number of finishes by one client for one unit that count as recorded together, if …"
    )
    bulk_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        10, description="… they were recorded within this number of minutes"
    )
    recorded_hours: Annotated[int, Field(ge=1, le=8784)] = Field(
        24, description="hours after which a finish counts as recorded late"
    )
    unreturned_days: Annotated[int, Field(ge=1, le=250)] = Field(
        30, description="working days within which a result should be returned"
    )

    @property
    def thresholds(self) -> Thresholds:
        """The limits from which on events count."""
        return Thresholds(self.bulk_finishes, self.bulk_minutes, self.recorded_hours, self.unreturned_days)


class IrregularityDossiersIn(IrregularitiesIn):
    """The same parameters, with the irregularity and the row to open."""

    pattern: Irregularity = Field(description="which pattern", examples=["finished_outside_hours"])
    row: Name | None = Field(None, description="a row by its unit's id; by default the total", examples=["18"])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="most items of a page")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")


PARAMETERS, DOSSIER_PARAMETERS = parameters_of(IrregularitiesIn), parameters_of(IrregularityDossiersIn)
_SHARED = set(FiguresIn.model_fields)


def irregularities_question(query: IrregularitiesIn, reference: Reference, now: datetime) -> Question:
    """The question of the period and the units, month by month; raises the refusals of `question_of`.

    Raises Invalid `period_too_long` for more than `MOST_MONTHS`.
    """
    shared = query.model_dump(include=_SHARED, by_alias=True)
    question = question_of(OnTimeIn.model_validate({**shared, "by": query.by}), reference, now, monthly=True)
    require_months(question.whole, MOST_MONTHS)
    return question


def require_overseer(caller: Caller) -> None:
    """Raises Forbidden `role_may_not` for clerks and officers: irregularities are for roles that oversee units."""
    if caller.role not in _OVERSEERS:
        raise Forbidden("role_may_not", "Patterns are for supervisors, reporters and administrators.")
