"""What a client asks of a ranking: the parameters, and the question about figures that they make."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.catalogue.cache import Reference
from app.statistics.on_time.parameters import FiguresIn, OnTimeIn, Question, asked, parameters_of
from app.statistics.rankings.scores import Kind, Rate

Revision = Annotated[int, Field(ge=1, lt=2**31)]


class RankingIn(FiguresIn):
    """The parameters; a filter given twice means either."""

    of: Kind = Field("office", description="which units are ranked")
    rate: Rate = Field("finished", description="by `rate_of_finished` or by `rate_of_due`")
    minimum: Annotated[int, Field(ge=1, lt=2**31)] = Field(
        10, description="a unit whose rate has a smaller denominator is listed, but not ranked"
    )
    score_table: Revision | None = Field(
        None, description="score by this revision of the score table; by default by the one in force now"
    )


PARAMETERS = parameters_of(RankingIn)
_SHARED = set(FiguresIn.model_fields)


def ranking_question(query: RankingIn, reference: Reference, now: datetime) -> Question:
    """The question about on-time figures, by the units ranked; raises what `asked` raises."""
    shared = query.model_dump(include=_SHARED, by_alias=True)
    return asked(OnTimeIn.model_validate({**shared, "by": query.of}), reference, now)
