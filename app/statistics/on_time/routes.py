"""What dashboards ask: the on-time figures, public and without names of people."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from app.access.dependencies import AnyCaller, Language, Now
from app.catalogue.dependencies import CatalogueServices
from app.domain.localtime import local_date
from app.http.etags import conditional, conditional_json
from app.statistics.on_time.drill_down import item_out, page
from app.statistics.on_time.figure_filters import opened, require_within, size
from app.statistics.on_time.figures import changed_since, count
from app.statistics.on_time.formats import CSV, CSV_TYPE, JSON, XLSX, as_csv, wanted
from app.statistics.on_time.parameters import BehindIn, OnTimeIn, asked, parameters_of, refuse_unknown
from app.statistics.on_time.presenting import answer_data
from app.statistics.on_time.schemas import BehindOut, OnTimeOut
from app.statistics.on_time.workbook import as_workbook

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])

_ON_TIME, _BEHIND = parameters_of(OnTimeIn), parameters_of(BehindIn)


@router.get("/on-time.csv", include_in_schema=False)
@router.get("/on-time.xlsx", include_in_schema=False)
@router.get(
    "/on-time",
    summary="On-time figures of a period",
    response_model=OnTimeOut,
    response_model_by_alias=True,
    responses={
        200: {
            "content": {
                CSV: {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
)
async def get_on_time_figures(
    request: Request, query: Annotated[OnTimeIn, Query()], now: Now, language: Language
) -> Response:
    """What was received, finished, open and overdue, per unit, field, procedure, channel, month or level.

    A dossier counts for the unit that was responsible at each figure's instant. Parameters that are not known are
    refused. `Accept`, or `.csv` or `.xlsx` after the path, gives the rows as a table or a workbook.
    """
    refuse_unknown(request.query_params, _ON_TIME)
    media = wanted(request.url.path, request.headers.get("accept"), (JSON, CSV, XLSX))
    services = CatalogueServices.of(request.app)
    # One state of the database for all statements, so that the figures add up whatever is written meanwhile.
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = asked(query, reference, now)
        counted = await count(connection, question, reference)
        changed = await changed_since(connection, question, reference, now)
    figures = answer_data(question, reference, counted, changed, language)
    if media == XLSX:
        # A province's rows take tens of milliseconds, in which other requests shall be answered.
        book = await asyncio.to_thread(as_workbook, OnTimeOut.model_validate(figures), language)
        name = f"on-time_{question.by}_{question.first}_{question.last}.xlsx"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return conditional(request, book, reference.revision, private=False, media_type=media, headers=headers)
    if media == CSV:
        table = as_csv(OnTimeOut.model_validate(figures))
        return conditional(request, table, reference.revision, private=False, media_type=CSV_TYPE)
    return conditional(request, to_json(figures), reference.revision, private=False, media_type=JSON)


@router.get("/on-time/dossiers", summary="The dossiers behind a figure", response_model=BehindOut)
async def list_figure_dossiers(
    request: Request,
    query: Annotated[BehindIn, Query()],
    caller: AnyCaller,
    now: Now,
) -> Response:
    """Each dossier that a figure of the on-time answer counts, as often as it counts it; `count` is the figure.

    For staff: a token with a unit opens the figures of the units that it may act in. What happened comes in its order,
    what was open or waiting from the latest on.
    """
    refuse_unknown(request.query_params, _BEHIND)
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        behind = opened(asked(query, reference, now), reference, query.figure, query.row)
        require_within(behind.narrowed.question, reference, reference.scope(caller.unit_id, local_date(now)))
        count = await size(connection, behind)
        rows, next_cursor = await page(connection, behind, query.limit, query.cursor, count)
    answer = BehindOut(
        figure=query.figure,
        row=query.row,
        count=count,
        items=[item_out(reference, row) for row in rows],
        next_cursor=next_cursor,
    )
    return conditional_json(request, answer, reference.revision, private=True)
