"""The reports that are handed in, public and without names of people."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, Now
from app.catalogue.dependencies import CatalogueServices
from app.http.etags import conditional
from app.statistics.form_ii_06a.form import filled_in
from app.statistics.form_ii_06a.parameters import form_request
from app.statistics.form_ii_06a.schemas import PARAMETERS, FormIn, FormOut
from app.statistics.form_ii_06a.workbook import as_workbook
from app.statistics.on_time.figures import changed_since, count
from app.statistics.on_time.formats import CSV, CSV_TYPE, JSON, XLSX, as_table, flat, wanted
from app.statistics.on_time.parameters import refuse_unknown

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@router.get("/form-ii-06a.csv", include_in_schema=False)
@router.get("/form-ii-06a.xlsx", include_in_schema=False)
@router.get(
    "/form-ii-06a",
    summary="Form II.06a/VPCP/KSTT of a unit",
    response_model=FormOut,
    responses={
        200: {
            "content": {
                CSV: {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
)
async def get_form_ii_06a(
    request: Request, query: Annotated[FormIn, Query()], now: Now, language: Language
) -> Response:
    """The statutory report on how dossiers were dealt with, over a unit and its subtree, by field or by unit.

    In each row, subtotal and total 3 = 4 + 5 + 6, 7 = 8 + 9 + 10, 11 = 12 + 13 and 3 = 7 + 11 + 14. `Accept`, or
    `.csv` or `.xlsx` after the path, gives the rows as a table or the form as a workbook to print and sign, which is
    Vietnamese in every language. A period that has not ended is answered up to now. Parameters that are not known are
    refused.
    """
    refuse_unknown(request.query_params, PARAMETERS)
    media = wanted(request.url.path, request.headers.get("accept"), (JSON, CSV, XLSX))
    services = CatalogueServices.of(request.app)
    # One state of the database for all statements, so that the figures add up whatever is written meanwhile.
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        asked = form_request(query, reference, now)
        counted = await count(connection, asked.question, reference)
        changed = await changed_since(connection, asked.question, reference, now)
    form = filled_in(asked, reference, counted, changed, "vi" if media == XLSX else language)
    return await _represented(request, form, media, reference.revision)


async def _represented(request: Request, form: FormOut, media: str, revision: int) -> Response:
    if media == JSON:
        return conditional(request, form.model_dump_json().encode(), revision, private=False, media_type=JSON)
    name = f"II.06a_{form.unit.code}_{form.period.first}_{form.period.last}"
    if media == CSV:
        body, media, name = as_table([flat(line) for line in (*form.lines, form.total)]), CSV_TYPE, f"{name}.csv"
    else:
        # Some hundred units take tens of milliseconds, in which other requests shall be answered.
        body, name = await asyncio.to_thread(as_workbook, form), f"{name}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return conditional(request, body, revision, private=False, media_type=media, headers=headers)
