"""Routes of rankings and of the score table; public but for setting the table."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Administrator, Language, NowOfData, Reading, Writing
from app.domain.errors import Invalid, NotFound
from app.http.etags import conditional_json, require_version
from app.http.query_parameters import refuse_unknown
from app.statistics.endpoint import figure_route, read_register
from app.statistics.rankings.parameters import PARAMETERS, RankingIn, Revision, ranking_question
from app.statistics.rankings.presenting import ranking_out, score_table_out
from app.statistics.rankings.queries import figures, table_in_force, table_of_revision
from app.statistics.rankings.schemas import RankingOut, ScoreTableIn, ScoreTableOut
from app.statistics.rankings.service import set_score_table
from app.statistics.rankings.table import ranking_table

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])


@figure_route(router, "/ranking", RankingOut, summary="Rank offices or communes")
async def get_ranking(
    request: Request, query: Annotated[RankingIn, Query()], now: NowOfData, language: Language
) -> Response:
    """Units in the order of a rate of the on-time figures, compared exactly, with its interval and its points.

    If the interval of a unit overlaps that of the one above, the order of the two may be chance.
    """
    async with read_register(request, PARAMETERS, language) as register:
        question = ranking_question(query, register.reference, now)
        on_time = await figures(register.connection, question, now, language)
        if query.score_table is None:
            table = await table_in_force(register.connection, now)
        else:
            table = await table_of_revision(register.connection, query.score_table)
            if table is None:
                detail = f"The score table has no revision {query.score_table}."
                raise Invalid("unknown_score_table", detail, pointer="/score_table")
    return await register.answer(
        lambda: ranking_out(query, register.reference, on_time, table, language),
        lambda ranking: ranking_table(ranking, query, question, language),
        name=f"ranking_{query.of}_{query.rate}_{question.first}_{question.last}",
    )


@router.get("/score-table", summary="Read the score table", response_model=ScoreTableOut)
async def get_score_table(
    request: Request,
    connection: Reading,
    now: NowOfData,
    revision: Annotated[Revision | None, Query(description="a former revision; by default the one in force")] = None,
) -> Response:
    """The points for rates; before the first table, revision 0 without a rule."""
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
    request: Request, body: ScoreTableIn, caller: Administrator, connection: Writing, now: NowOfData
) -> Response:
    """Appends a revision, which replaces the whole table from now on; a ranking may still name a former one."""
    expect = partial(require_version, request)
    table = await set_score_table(connection, caller, body, now, expect)
    return _answer(request, score_table_out(table))


def _answer(request: Request, content: ScoreTableOut) -> Response:
    return conditional_json(request, content, content.revision, private=False)
