"""Route of the office table, public and without names of people."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, NowOfData
from app.statistics.endpoint import figure_route, read_register
from app.statistics.office_table.figures import office_figures
from app.statistics.office_table.forms import form_on
from app.statistics.office_table.parameters import PARAMETERS, OfficeTableIn, office_question
from app.statistics.office_table.schemas import OfficeTableOut
from app.statistics.office_table.table import office_table, office_table_out

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@figure_route(router, "/office-table", OfficeTableOut, summary="The columns that offices are asked for")
async def get_office_table(
    request: Request, query: Annotated[OfficeTableIn, Query()], now: NowOfData, language: Language
) -> Response:
    """Received, resolved and open dossiers per unit; late ones with and without apology; stopped, declined, waiting.

    The columns are those of the form asked for on the last date of the period. In each row, received in total is the
    sum of resolved, open, stopped, withdrawn and moved out.
    """
    async with read_register(request, PARAMETERS, language) as register:
        question = office_question(query, register.reference, now)
        counts, changed = await office_figures(register.connection, question, now)
    form = form_on(question.last)
    return await register.answer(
        lambda: office_table_out(question, form, counts, changed, language),
        lambda answer: office_table(answer, form, query, question, language),
        name=f"office-table_{question.first}_{question.last}",
    )
