"""The HTTP face of ratings: giving one, their figures, and what was written, for the units' staff."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.dependencies import AnyCaller, Language, Now, Reading
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.database import Row
from app.dossiers.permissions import needs_names, scope_of
from app.dossiers.presenting import unit_out
from app.http.errors import Forbidden
from app.http.etags import conditional, conditional_json
from app.http.pagination import Cursor, Limit, Page
from app.lookup.queries import EXAMPLE
from app.statistics.on_time.formats import CSV, CSV_TYPE, JSON, preferred
from app.statistics.on_time.parameters import asked, refuse_unknown
from app.statistics.ratings.figures import as_csv, count, ratings_out
from app.statistics.ratings.parameters import PARAMETERS, RatingsIn
from app.statistics.ratings.queries import latest
from app.statistics.ratings.schemas import RatedOut, RatingIn, RatingOut, RatingsOut
from app.statistics.ratings.service import rate

router = APIRouter(prefix="/api/v1")

Typed = Annotated[
    str, Path(description="the dossier's code: case, spaces and kinds of dashes do not matter", examples=[EXAMPLE])
]


@router.post("/lookup/{code}/rating", response_model=RatedOut, summary="Rate how one was served", tags=["lookup"])
async def rate_dossier(request: Request, code: Typed, body: RatingIn, language: Language) -> Response:
    """For whoever has the receipt: once, after the result was handed over, by the key that the receipt says.

    A wrong key is 404 whatever the dossier's state, and counts as a look-up of a code that does not exist: who guesses
    waits. An `Idempotency-Key` is kept for the dossier, as who rates has no token.
    """
    return await rate(request, code, body, language)


@router.get(
    "/statistics/ratings",
    summary="Ratings of a period",
    response_model=RatingsOut,
    response_model_by_alias=True,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
    tags=["statistics"],
)
async def get_rating_figures(
    request: Request, query: Annotated[RatingsIn, Query()], now: Now, language: Language
) -> Response:
    """How the dossiers returned in the period were rated, and how many of them, without a word of what was written.

    With fewer than five answers a row has no mean and no scores. Parameters that are not known are refused.
    `Accept: text/csv` gives the rows as a table.
    """
    refuse_unknown(request.query_params, PARAMETERS)
    wanted = preferred(request.headers.get("accept"))
    services = CatalogueServices.of(request.app)
    async with services.database.reading(snapshot=True, heavy=True) as connection:
        reference = await services.reference.current(connection)
        question = asked(query, reference, now)
        found = await count(connection, question, reference)
    content = ratings_out(question, reference, found, language)
    if wanted == CSV:
        return conditional(request, as_csv(content), reference.revision, private=False, media_type=CSV_TYPE)
    body = content.model_dump_json().encode()
    return conditional(request, body, reference.revision, private=False, media_type=JSON)


@router.get("/ratings", response_model=Page[RatingOut], summary="What was written with ratings", tags=["dossiers"])
async def list_ratings(
    request: Request,
    caller: AnyCaller,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """For clerks, officers and supervisors: the ratings of their subtree's dossiers with comments, the latest first.

    A dossier is the unit's that was responsible for it at the return, and the one's whose counter gave the result out.
    """
    refuse_unknown(request.query_params, {"limit": False, "cursor": False})
    if not needs_names(caller.role):
        raise Forbidden("role_may_not", f"A {caller.role} does not read what was written with ratings.")
    rows, next_cursor = await latest(connection, scope_of(caller, reference, now), limit, cursor)
    page = Page[RatingOut](items=[_shown(reference, row) for row in rows], next_cursor=next_cursor)
    return conditional_json(request, page, 0, private=True)


def _shown(reference: Reference, row: Row) -> RatingOut:
    return RatingOut(
        code=row.code,
        procedure=reference.procedures[row.procedure_id].code,
        unit=unit_out(reference, row.responsible_unit_id),
        counter_unit=unit_out(reference, row.counter_unit_id),
        returned_at=row.returned_at,
        rated_at=row.rated_at,
        score=row.score,
        comment=row.content,
    )
