"""Routes of the on-time figures: public figures without names of people, and the dossiers behind them for staff."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import AnyCaller, Language, NowOfData
from app.catalogue.dependencies import CatalogueServices
from app.domain.localtime import local_date
from app.http.etags import conditional_json
from app.http.query_parameters import parameters_of, refuse_unknown
from app.statistics.endpoint import figure_route, read_register
from app.statistics.on_time.drill_down import item_out, page
from app.statistics.on_time.figure_filters import require_within, row_figure, size
from app.statistics.on_time.figures import count_and_change
from app.statistics.on_time.parameters import FigureDossiersIn, OnTimeIn
from app.statistics.on_time.presenting import answer_data
from app.statistics.on_time.question import question_of
from app.statistics.on_time.schemas import FigureDossiersOut, OnTimeOut
from app.statistics.on_time.table import on_time_table

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])

_PARAMETERS, _DOSSIER_PARAMETERS = parameters_of(OnTimeIn), parameters_of(FigureDossiersIn)


@figure_route(router, "/on-time", OnTimeOut, summary="On-time figures of a period")
async def get_on_time_figures(
    request: Request, query: Annotated[OnTimeIn, Query()], now: NowOfData, language: Language
) -> Response:
    """Dossiers received, finished, open and overdue, per unit, field, procedure, channel, month or level.

    A dossier counts for the unit that was responsible at each figure's instant.
    """
    async with read_register(request, _PARAMETERS, language) as register:
        question = question_of(query, register.reference, now)
        counts, changed = await count_and_change(register.connection, question, now)
    return await register.answer(
        partial(answer_data, question, counts, changed, language),
        lambda data: on_time_table(OnTimeOut.model_validate(data), query, question, language),
        name=f"on-time_{question.by}_{question.first}_{question.last}",
    )


@router.get("/on-time/dossiers", summary="The dossiers behind a figure", response_model=FigureDossiersOut)
async def list_figure_dossiers(
    request: Request,
    query: Annotated[FigureDossiersIn, Query()],
    caller: AnyCaller,
    now: NowOfData,
) -> Response:
    """Each dossier that a figure of the on-time answer counts, as often as it counts it; `count` is the figure.

    For staff: a token with a unit opens the figures of the units that it may act in. Events come from the first on,
    open and waiting dossiers from the latest on.
    """
    refuse_unknown(request.query_params, _DOSSIER_PARAMETERS)
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        opened = row_figure(question_of(query, reference, now), query.figure, query.row)
        require_within(opened.row.question, reference.scope(caller.unit_id, local_date(now)))
        figure = await size(connection, opened)
        rows, next_cursor = await page(connection, opened, query.limit, query.cursor, figure)
    content = FigureDossiersOut(
        figure=query.figure,
        row=query.row,
        count=figure,
        items=[item_out(reference, row) for row in rows],
        next_cursor=next_cursor,
    )
    return conditional_json(request, content, reference.revision, private=True)
