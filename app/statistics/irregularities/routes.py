"""What inspectors ask: where figures look unusual, beside how usual that is; for those who oversee units."""

import asyncio
from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import AnyCaller, Language, Now
from app.catalogue.dependencies import CatalogueServices
from app.domain.localtime import local, local_date
from app.http.etags import conditional, conditional_json
from app.statistics.irregularities.drill_down import items, page
from app.statistics.irregularities.parameters import BehindPatternIn, PatternsIn, patterns_question, require_overseer
from app.statistics.irregularities.presenting import Shares, as_csv, definitions
from app.statistics.irregularities.schemas import BehindPatternOut, PatternsOut, ThresholdsOut
from app.statistics.irregularities.service import look
from app.statistics.on_time.figure_filters import narrowed, require_within
from app.statistics.on_time.figures import changed_since
from app.statistics.on_time.formats import CSV, CSV_TYPE, JSON, wanted
from app.statistics.on_time.parameters import counted_units, parameters_of, refuse_unknown

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])

_PATTERNS, _BEHIND = parameters_of(PatternsIn), parameters_of(BehindPatternIn)


@router.get("/patterns.csv", include_in_schema=False)
@router.get(
    "/patterns",
    summary="Where figures look unusual",
    response_model=PatternsOut,
    response_model_by_alias=True,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_patterns(
    request: Request, query: Annotated[PatternsIn, Query()], caller: AnyCaller, now: Now, language: Language
) -> Response:
    """Per unit, what inspectors look for: how often it occurs, out of how many, and how often among the unit's peers.

    Facts with their definition and with what may lie behind them without any fault; they accuse nobody. For
    supervisors, reporters and administrators; with a token of a unit for the units in its subtree, to be named by
    `unit`. `Accept: text/csv`, or `.csv` after the path, gives a line for each unit and pattern.
    """
    refuse_unknown(request.query_params, _PATTERNS)
    require_overseer(caller)
    media = wanted(request.url.path, request.headers.get("accept"))
    services = CatalogueServices.of(request.app)
    # One state of the database for all statements, so that the figures fit one another whatever is written meanwhile.
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = patterns_question(query, reference, now)
        require_within(question, reference, reference.scope(caller.unit_id, local_date(now)))
        # Peers are all units of a kind, whichever are shown.
        everywhere = replace(question, units=None)
        everywhere = replace(everywhere, units=counted_units(everywhere, reference))
        findings = await look(connection, everywhere, reference, query.thresholds)
        changed = await changed_since(connection, question, reference, now)
    shares, named = Shares(question, reference, findings.tallies), definitions(query.thresholds, language)
    found = PatternsOut(
        by=query.by,
        first=question.first,
        last=question.last,
        as_of=local(question.whole.as_of),
        thresholds=ThresholdsOut(**asdict(query.thresholds)),
        patterns=named,
        rows=shares.rows(),
        total=shares.total(language),
        changed_since=changed,
    )
    if media == CSV:
        table = as_csv([*found.rows, found.total], named)
        return conditional(request, table, reference.revision, private=True, media_type=CSV_TYPE)
    body = await asyncio.to_thread(lambda: found.model_dump_json(by_alias=True).encode())
    return conditional(request, body, reference.revision, private=True, media_type=JSON)


@router.get("/patterns/dossiers", summary="The dossiers behind a pattern", response_model=BehindPatternOut)
async def list_pattern_dossiers(
    request: Request, query: Annotated[BehindPatternIn, Query()], caller: AnyCaller, now: Now
) -> Response:
    """Each dossier that a pattern of a row counts, as often as it counts it, in the order of what fits.

    For whom the patterns are. Of `time_suspended`, the dossiers finished that were ever suspended, with how long.
    """
    refuse_unknown(request.query_params, _BEHIND)
    require_overseer(caller)
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = narrowed(patterns_question(query, reference, now), reference, query.row).question
        require_within(question, reference, reference.scope(caller.unit_id, local_date(now)))
        question = replace(question, units=counted_units(question, reference))
        findings = await look(connection, question, reference, query.thresholds, query.pattern)
        shown, next_cursor = page(findings.cases, query.pattern, query.limit, query.cursor)
        answer = BehindPatternOut(
            pattern=query.pattern,
            row=query.row,
            count=len(findings.cases),
            items=await items(connection, reference, shown),
            next_cursor=next_cursor,
        )
    return conditional_json(request, answer, reference.revision, private=True)
