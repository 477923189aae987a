"""How the figures go on from month to month, and how long dossiers take; public and without names of people."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Language, Now
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices
from app.domain.localtime import local
from app.http.etags import conditional
from app.statistics.on_time.figures import changed_since, count
from app.statistics.on_time.formats import CSV, CSV_TYPE, JSON, preferred
from app.statistics.on_time.parameters import Question, parameters_of, refuse_unknown
from app.statistics.trends.flat_table import lead_time_table, trend_table
from app.statistics.trends.lead_time import Shape, taken
from app.statistics.trends.parameters import LeadTimeIn, TrendIn, lead_time_question, monthly_question
from app.statistics.trends.schemas import LeadTimeOut, TrendOut
from app.statistics.trends.trend import months_of_rows

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])

_AS_TABLE: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}


@router.get(
    "/trend",
    summary="Rates and volumes month by month",
    response_model=TrendOut,
    response_model_by_alias=True,
    responses=_AS_TABLE,
)
async def get_trend(request: Request, query: Annotated[TrendIn, Query()], now: Now, language: Language) -> Response:
    """What was received, finished, open and overdue in each month of a period, per unit, field, procedure or channel.

    Each month is a period of its own, counted as the on-time figures are; at most 60 of them. `Accept: text/csv` gives
    a line for each row and month.
    """
    refuse_unknown(request.query_params, parameters_of(TrendIn))
    wanted = preferred(request.headers.get("accept"))
    services = CatalogueServices.of(request.app)
    # One state of the database for all statements, so that the figures add up whatever is written meanwhile.
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = monthly_question(query, reference, now)
        counted = await count(connection, question, reference)
        changed = await changed_since(connection, question, reference, now)

    def written() -> bytes:
        rows, total = months_of_rows(question, reference, counted, language)
        found = TrendOut(
            by=query.by, basis=question.basis, rows=rows, total=total, changed_since=changed, **_period(question)
        )
        return trend_table(found) if wanted == CSV else found.model_dump_json(by_alias=True).encode()

    return await _answered(request, written, reference, wanted)


@router.get(
    "/lead-time",
    summary="How long dossiers took, and how much of their limits they used",
    response_model=LeadTimeOut,
    response_model_by_alias=True,
    responses=_AS_TABLE,
)
async def get_lead_time(
    request: Request, query: Annotated[LeadTimeIn, Query()], now: Now, language: Language
) -> Response:
    """The working days that the dossiers finished in a period took, with and without suspended time.

    And the share of the limit that they used, per procedure, field, unit or channel. Each counts for the unit that was
    responsible when it was finished; at most 60 months. `Accept: text/csv` gives a line for each row.
    """
    refuse_unknown(request.query_params, parameters_of(LeadTimeIn))
    wanted = preferred(request.headers.get("accept"))
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = lead_time_question(query, reference, now)
        counts = await taken(connection, question, reference)
        changed = await changed_since(connection, question, reference, now)

    def written() -> bytes:
        shape = Shape(query.longest, query.min_volume)
        found = LeadTimeOut(
            by=query.by,
            basis=query.basis,
            longest=query.longest,
            min_volume=query.min_volume,
            rows=[] if query.by == "total" else shape.rows(question, reference, counts, language),
            total=shape.total(counts, language),
            changed_since=changed,
            **_period(question),
        )
        return lead_time_table(found) if wanted == CSV else found.model_dump_json(by_alias=True).encode()

    return await _answered(request, written, reference, wanted)


def _period(question: Question) -> dict[str, Any]:
    return {"first": question.first, "last": question.last, "as_of": local(question.whole.as_of)}


async def _answered(request: Request, written: Callable[[], bytes], reference: Reference, wanted: str) -> Response:
    # Sixty months of some hundred units take a second or two to write, longer than other requests should wait.
    body = await asyncio.to_thread(written)
    media_type = CSV_TYPE if wanted == CSV else JSON
    return conditional(request, body, reference.revision, private=False, media_type=media_type)
