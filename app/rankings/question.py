"""What a client asks of a ranking: the parameters, and the question about figures that they make."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from app.catalogue.reference import Reference
from app.rankings.scores import Kind, Rate
from app.statistics.periods import PERIOD_DESCRIPTION, PeriodName, dates
from app.statistics.question import Channel, OnTimeIn, Question, Words, asked, parameters_of
from app.wire import Day

Revision = Annotated[int, Field(ge=1, lt=2**31)]


class RankingIn(BaseModel):
    """The parameters; a filter given twice means either."""

    of: Kind = Field("office", description="which units are ranked")
    rate: Rate = Field("finished", description="by `rate_of_finished` or by `rate_of_due`")
    minimum: Annotated[int, Field(ge=1, lt=2**31)] = Field(
        10, description="a unit whose rate has a smaller denominator is listed, but not ranked"
    )
    score_table: Revision | None = Field(
        None, description="score by this revision of the score table; by default by the one in force now"
    )
    period: PeriodName | None = Field(
        None,
        description=PERIOD_DESCRIPTION,
    )
    first: Day | None = Field(None, alias="from", description="first date; by default 1 January of the year of `to`")
    last: Day | None = Field(None, alias="to", description="last date; by default today")
    unit: Words = Field([], description="code: this unit and its subtree", examples=[["515"]])
    unit_id: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        [], max_length=50, description="id: this unit and its subtree"
    )
    on: Day | None = Field(None, description="the date on which `unit` bore its code; by default `to`")
    field: Words = Field([], description="field of the procedure", examples=[["Hộ tịch"]])
    procedure: Words = Field([], description="code of the procedure", examples=[["1.004837"]])
    channel: list[Channel] = Field([], max_length=3, description="how the dossier came in")
    successors: bool = Field(False, description="add predecessors' figures to those of their successors")


PARAMETERS = parameters_of(RankingIn)
_SHARED = {"unit", "unit_id", "on", "field", "procedure", "channel", "successors"}


def ranking_question(query: RankingIn, reference: Reference, now: datetime) -> Question:
    """The question about on-time figures, by the units ranked; raises what naming a period and `asked` raise."""
    first, last = dates(query.period, query.first, query.last)
    shared = query.model_dump(include=_SHARED)
    return asked(OnTimeIn.model_validate({"by": query.of, "from": first, "to": last, **shared}), reference, now)
