"""Route of form II.06a/VPCP/KSTT, public and without names of people."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, NowOfData
from app.statistics.endpoint import figure_route, read_register
from app.statistics.form_ii_06a.form import form_out
from app.statistics.form_ii_06a.parameters import form_request
from app.statistics.form_ii_06a.schemas import PARAMETERS, FormIn, FormLineOut, FormOut
from app.statistics.form_ii_06a.sheet import as_workbook
from app.statistics.formats import XLSX
from app.statistics.on_time.figures import count_and_change
from app.statistics.tables import Heading, Table, flat, names_of

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@figure_route(router, "/form-ii-06a", FormOut, summary="Form II.06a/VPCP/KSTT of a unit")
async def get_form_ii_06a(
    request: Request, query: Annotated[FormIn, Query()], now: NowOfData, language: Language
) -> Response:
    """The statutory report on the handling of dossiers, over a unit and its subtree, by field or by unit.

    In each row, subtotal and total 3 = 4 + 5 + 6, 7 = 8 + 9 + 10, 11 = 12 + 13 and 3 = 7 + 11 + 14. The workbook is the
    form to print and sign, and is Vietnamese in every language. A period that has not ended is answered up to now.
    """
    async with read_register(request, PARAMETERS, language) as register:
        form = form_request(query, register.reference, now)
        counts, changed = await count_and_change(register.connection, form.question, now)
    # The form is an official paper, so its workbook is Vietnamese.
    words = "vi" if register.format == XLSX else language
    return await register.answer(
        lambda: form_out(form, counts, changed, words),
        _table,
        name=f"II.06a_{form.unit.code}_{form.question.first}_{form.question.last}",
        workbook=as_workbook,
    )


def _table(form: FormOut) -> Table:
    heading = Heading(form.title, [form.reporter], form.as_of)
    return Table(heading, list(names_of(FormLineOut)), [flat(line) for line in (*form.lines, form.total)])
