"""Routes of the irregularities at `/statistics/patterns`, for roles that oversee units."""

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import AnyCaller, Language, Now
from app.catalogue.dependencies import CatalogueServices
from app.domain.localtime import local_date
from app.http.etags import conditional_json
from app.http.query_parameters import refuse_unknown
from app.statistics.endpoint import figure_route, read_register
from app.statistics.irregularities.drill_down import items, page
from app.statistics.irregularities.parameters import (
    DOSSIER_PARAMETERS,
    PARAMETERS,
    IrregularitiesIn,
    IrregularityDossiersIn,
    irregularities_question,
    require_overseer,
)
from app.statistics.irregularities.presenting import irregularities_out
from app.statistics.irregularities.schemas import IrregularitiesOut, IrregularityDossiersOut
from app.statistics.irregularities.service import search
from app.statistics.irregularities.table import irregularities_table
from app.statistics.on_time.figure_filters import require_within, row_question
from app.statistics.on_time.figures import changed_since

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@figure_route(router, "/patterns", IrregularitiesOut, summary="Where figures look unusual")
async def get_patterns(
    request: Request, query: Annotated[IrregularitiesIn, Query()], caller: AnyCaller, now: Now, language: Language
) -> Response:
    """Per unit, what inspectors look for: how often it occurs, out of how many, and how often among the unit's peers.

    Facts with their definition and with possible causes without any fault; they accuse no one. For supervisors,
    reporters and administrators. A token of a unit opens the units in its subtree, named by `unit`. A table has a line
    for each unit and pattern.
    """
    require_overseer(caller)
    async with read_register(request, PARAMETERS, language) as register:
        reference = register.reference
        question = irregularities_question(query, reference, now)
        require_within(question, reference.scope(caller.unit_id, local_date(now)))
        # Peers are all units of a kind, also those that the filter leaves out.
        everywhere = replace(question, units=None)
        findings = await search(
            register.connection, replace(everywhere, units=everywhere.counted_units), query.thresholds
        )
        changed = await changed_since(register.connection, question, now)

    return await register.answer(
        partial(irregularities_out, query, question, findings.by_unit, changed, language),
        lambda made: irregularities_table(made, query, question, language),
        name=f"patterns_{query.by}_{question.first}_{question.last}",
        private=True,
        in_thread=True,
    )


@router.get("/patterns/dossiers", summary="The dossiers behind a pattern", response_model=IrregularityDossiersOut)
async def list_pattern_dossiers(
    request: Request, query: Annotated[IrregularityDossiersIn, Query()], caller: AnyCaller, now: Now
) -> Response:
    """Each dossier that a pattern of a row counts, as often as it counts it, in the order of the matching entries.

    For the same roles as the patterns. For `time_suspended` these are the finished dossiers that were ever suspended,
    each with its suspended time.
    """
    refuse_unknown(request.query_params, DOSSIER_PARAMETERS)
    require_overseer(caller)
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = row_question(irregularities_question(query, reference, now), query.row).question
        require_within(question, reference.scope(caller.unit_id, local_date(now)))
        question = replace(question, units=question.counted_units)
        findings = await search(connection, question, query.thresholds, query.pattern)
        shown, next_cursor = page(findings.cases, query.pattern, query.limit, query.cursor)
        content = IrregularityDossiersOut(
            pattern=query.pattern,
            row=query.row,
            count=len(findings.cases),
            items=await items(connection, reference, shown),
            next_cursor=next_cursor,
        )
    return conditional_json(request, content, reference.revision, private=True)
