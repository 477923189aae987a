"""Query parameters of the office table, and its question: a row for each unit, over one period."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.catalogue.cache import Reference
from app.http.query_parameters import parameters_of
from app.statistics.on_time.parameters import FiguresIn, OnTimeIn
from app.statistics.on_time.question import Question, question_of


class OfficeTableIn(FiguresIn):
    """Parameters of the office table; a repeated filter matches either value."""

    by: Literal["unit", "office", "commune"] = Field("unit", description="the kind of units")


PARAMETERS = parameters_of(OfficeTableIn)


def office_question(query: OfficeTableIn, reference: Reference, now: datetime) -> Question:
    """The question of on-time figures by responsible unit; raises the refusals of `question_of`."""
    return question_of(OnTimeIn.model_validate(query.model_dump(by_alias=True)), reference, now)
