"""What a client asks of trend and lead time: the parameters, and the questions they make."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.catalogue.cache import Reference
from app.domain.errors import Invalid
from app.statistics.on_time.parameters import OnTimeIn, Question, asked

TrendBy = Literal["office", "commune", "unit", "field", "procedure", "channel", "level"]
LeadTimeBy = Literal["procedure", "field", "unit", "office", "commune", "channel", "total"]
WholeBasis = Literal["responsible", "receiving"]

MOST_MONTHS = 60


class TrendIn(OnTimeIn):
    """The parameters of the trend; a filter given twice means either."""

    by: TrendBy = Field("office", description="what a row stands for")


class LeadTimeIn(OnTimeIn):
    """The parameters of the lead time; a filter given twice means either."""

    # One more than figures have: all dossiers together.
    by: LeadTimeBy = Field(  # type: ignore[assignment]
        "procedure", description="what a row stands for; `total`: no rows, all dossiers together"
    )
    basis: WholeBasis = Field(
        "responsible", description="whose dossier it is: the unit's that was responsible at the finish, or received it"
    )
    longest: Annotated[int, Field(ge=1, le=366)] = Field(
        30, description="from so many working days on the histogram counts dossiers together", examples=[30]
    )
    min_volume: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        30, description="with fewer measured dossiers than this a row has no `hint`", examples=[30]
    )


def monthly_question(query: OnTimeIn, reference: Reference, now: datetime) -> Question:
    """The question whose periods are the months; raises what naming a period and `asked` raise.

    And Invalid `period_too_long` for more than `MOST_MONTHS`.
    """
    monthly = replace(asked(query, reference, now), monthly=True)
    if len(monthly.periods) > MOST_MONTHS:
        raise Invalid("period_too_long", f"At most {MOST_MONTHS} months can be asked for at once.", pointer="/from")
    return monthly


def lead_time_question(query: LeadTimeIn, reference: Reference, now: datetime) -> Question:
    """The question of which dossiers are measured, month by month so that no statement answers too many at once.

    Raises what `monthly_question` raises.
    """
    # Where all are taken together it is no matter by what they were apart, so by what makes the fewest groups.
    grouped = query.model_copy(update={"by": "channel"}) if query.by == "total" else query
    return monthly_question(grouped, reference, now)
