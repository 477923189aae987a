"""Query parameters of trend and lead time, and their questions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.catalogue.cache import Reference
from app.http.query_parameters import parameters_of
from app.statistics.on_time.parameters import OnTimeIn
from app.statistics.on_time.question import Question, question_of, require_months

TrendBy = Literal["office", "commune", "unit", "field", "procedure", "channel", "level"]
LeadTimeBy = Literal["procedure", "field", "unit", "office", "commune", "channel", "total"]
LeadTimeBasis = Literal["responsible", "receiving"]

MOST_MONTHS = 60


class TrendIn(OnTimeIn):
    """Parameters of the trend; a repeated filter matches either value."""

    by: TrendBy = Field("office", description="the kind of rows")


class LeadTimeIn(OnTimeIn):
    """Parameters of the lead time; a repeated filter matches either value."""

    # The on-time figures have no `total`.
    by: LeadTimeBy = Field(  # type: ignore[assignment]
        "procedure", description="the kind of rows; `total`: no rows, all dossiers together"
    )
    basis: LeadTimeBasis = Field(
        "responsible", description="the unit of a dossier: responsible at the finish, or the one that received it"
    )
    longest: Annotated[int, Field(ge=1, le=366)] = Field(
        30, description="working days from which on the histogram counts dossiers together", examples=[30]
    )
    min_volume: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        30, description="with fewer measured dossiers than this a row has no `hint`", examples=[30]
    )


TREND_PARAMETERS, LEAD_TIME_PARAMETERS = parameters_of(TrendIn), parameters_of(LeadTimeIn)


def monthly_question(query: OnTimeIn, reference: Reference, now: datetime) -> Question:
    """The question with each month as a period; raises the refusals of `question_of`.

    Raises Invalid `period_too_long` for more than `MOST_MONTHS`.
    """
    question = question_of(query, reference, now, monthly=True)
    require_months(question.whole, MOST_MONTHS)
    return question


def lead_time_question(query: LeadTimeIn, reference: Reference, now: datetime) -> Question:
    """The question of the dossiers to measure, by month so that no statement answers too many at once.

    Raises the refusals of `monthly_question`.
    """
    # A total has no rows, so the dossiers are grouped by the key with the fewest values.
    grouped = query.model_copy(update={"by": "channel"}) if query.by == "total" else query
    return monthly_question(grouped, reference, now)
