"""What leaders ask: who stands where, and what a rate is worth; public but for setting the score table."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Administrator, Language, Now, Reading, Writing
from app.catalogue.dependencies import CatalogueServices
from app.domain.errors import Invalid, NotFound
from app.http.etags import conditional, conditional_json, require_version
from app.statistics.on_time.formats import CSV, CSV_TYPE, JSON, preferred
from app.statistics.on_time.parameters import refuse_unknown
from app.statistics.rankings.flat_table import as_csv
from app.statistics.rankings.parameters import PARAMETERS, RankingIn, Revision, ranking_question
from app.statistics.rankings.presenting import ranking_out, score_table_out
from app.statistics.rankings.queries import figures, table_in_force, table_of_revision
from app.statistics.rankings.schemas import RankingOut, ScoreTableIn, ScoreTableOut
from app.statistics.rankings.service import set_score_table

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@router.get(
    "/ranking",
    summary="Rank offices or communes",
    response_model=RankingOut,
    response_model_by_alias=True,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_ranking(request: Request, query: Annotated[RankingIn, Query()], now: Now, language: Language) -> Response:
    """Units in the order of a rate of the on-time figures, compared exactly, with its interval and its points.

    Where the interval of a unit overlaps that of the one above, the order of the two may be chance. Parameters that
    are not known are refused. `Accept: text/csv` gives the rows as a table.
    """
    refuse_unknown(request.query_params, PARAMETERS)
    wanted = preferred(request.headers.get("accept"))
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = ranking_question(query, reference, now)
        found = await figures(connection, question, reference, now, language)
        if query.score_table is None:
            table = await table_in_force(connection, now)
        else:
            table = await table_of_revision(connection, query.score_table)
            if table is None:
                detail = f"The score table has no revision {query.score_table}."
                raise Invalid("unknown_score_table", detail, pointer="/score_table")
    ranking = ranking_out(query, reference, found, table, language)
    if wanted == CSV:
        return conditional(request, as_csv(ranking), reference.revision, private=False, media_type=CSV_TYPE)
    body = ranking.model_dump_json(by_alias=True).encode()
    return conditional(request, body, reference.revision, private=False, media_type=JSON)


@router.get("/score-table", summary="Read the score table", response_model=ScoreTableOut)
async def get_score_table(
    request: Request,
    connection: Reading,
    now: Now,
    revision: Annotated[Revision | None, Query(description="a former revision; by default the one in force")] = None,
) -> Response:
    """What rates are worth in points; while no table was set, revision 0 without a rule."""
    refuse_unknown(request.query_params, {"revision": False})
    if revision is None:
        table = await table_in_force(connection, now)
    else:
        table = await table_of_revision(connection, revision)
        if table is None:
            raise NotFound("unknown_score_table", f"The score table has no revision {revision}.")
    return _answer(request, score_table_out(table))


@router.put(
    "/score-table",
    summary="Set the score table",
    response_model=ScoreTableOut,
    responses={200: {"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}}},
)
async def publish_score_table(
    request: Request, body: ScoreTableIn, caller: Administrator, connection: Writing, now: Now
) -> Response:
    """Appends a revision, which replaces the whole table from now on; former ones can still be scored by."""
    expect = partial(require_version, request)
    table = await set_score_table(connection, caller, body, now, expect)
    return _answer(request, score_table_out(table))


def _answer(request: Request, content: ScoreTableOut) -> Response:
    return conditional_json(request, content, content.revision, private=False)
