"""Route of the figures of lateness, public and without names of people."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, NowOfData
from app.statistics.endpoint import figure_route, read_register
from app.statistics.lateness.figures import lateness_figures
from app.statistics.lateness.parameters import PARAMETERS, LatenessIn
from app.statistics.lateness.presenting import lateness_out, lateness_table
from app.statistics.lateness.schemas import LatenessOut
from app.statistics.on_time.question import question_of

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@figure_route(router, "/lateness", LatenessOut, summary="Causes of lateness, and promises kept")
async def get_lateness_figures(
    request: Request, query: Annotated[LatenessIn, Query()], now: NowOfData, language: Language
) -> Response:
    """Late results by their causes, and the promises that were kept or broken, per unit, procedure, month and so on.

    Results count on the day of the finish, promises on the promised date.
    """
    async with read_register(request, PARAMETERS, language) as register:
        question = question_of(query, register.reference, now)
        counts, changed = await lateness_figures(register.connection, question, now)
    return await register.answer(
        lambda: lateness_out(question, counts, changed, language),
        lambda answer: lateness_table(answer, query, question, language),
        name=f"lateness_{question.by}_{question.first}_{question.last}",
    )
