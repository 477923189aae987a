"""Query parameters of a ranking, and the question of on-time figures behind it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.catalogue.cache import Reference
from app.http.query_parameters import parameters_of
from app.statistics.on_time.parameters import FiguresIn, OnTimeIn
from app.statistics.on_time.question import Question, question_of
from app.statistics.rankings.scores import Kind, Rate

Revision = Annotated[int, Field(ge=1, lt=2**31)]


class RankingIn(FiguresIn):
    """Parameters of a ranking; a repeated filter matches either value."""

    of: Kind = Field("office", description="which units are ranked")
    rate: Rate = Field("finished", description="by `rate_of_finished` or by `rate_of_due`")
    minimum: Annotated[int, Field(ge=1, lt=2**31)] = Field(
        10, description="a unit with a smaller denominator is listed, but not ranked"
    )
    score_table: Revision | None = Field(
        None, description="score by this revision of the score table; by default by the one in force now"
    )


PARAMETERS = parameters_of(RankingIn)
_SHARED = set(FiguresIn.model_fields)


def ranking_question(query: RankingIn, reference: Reference, now: datetime) -> Question:
    """The question of on-time figures with the ranked units as rows; raises the refusals of `question_of`."""
    shared = query.model_dump(include=_SHARED, by_alias=True)
    return question_of(OnTimeIn.model_validate({**shared, "by": query.of}), reference, now)
