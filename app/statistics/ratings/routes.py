"""Routes of ratings: giving one, their figures, and the comments for the staff of the units."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.callers import Caller
from app.access.dependencies import AnyCaller, Language, Now, OptionalCaller, Reading
from app.access.shown_people import people_shown
from app.catalogue.cache import Reference
from app.catalogue.dependencies import CurrentReference
from app.database import Row
from app.domain.localtime import local_date
from app.dossiers.permissions import needs_names, scope_of
from app.dossiers.presenting import unit_out
from app.http.errors import Forbidden
from app.http.etags import conditional_json
from app.http.pagination import Cursor, Limit, Page
from app.http.query_parameters import refuse_unknown
from app.lookup.queries import EXAMPLE
from app.statistics.endpoint import figure_route, read_register
from app.statistics.on_time.question import question_of
from app.statistics.ratings.figures import count, ratings_out
from app.statistics.ratings.parameters import PARAMETERS, RatingsIn
from app.statistics.ratings.public_figures import count_for_public, public_query, require_public
from app.statistics.ratings.queries import latest
from app.statistics.ratings.schemas import RatingIn, RatingOut, RatingReceiptOut, RatingsOut
from app.statistics.ratings.service import rate
from app.statistics.ratings.table import ratings_table

router = APIRouter(prefix="/api/v1")

Code = Annotated[
    str, Path(description="the dossier's code: case, spaces and kinds of dashes do not matter", examples=[EXAMPLE])
]


@router.post(
    "/lookup/{code}/rating", response_model=RatingReceiptOut, summary="Rate how one was served", tags=["lookup"]
)
async def rate_dossier(request: Request, code: Code, body: RatingIn, language: Language) -> Response:
    """For the holder of the receipt: once, after the result was handed over, by the key on the receipt.

    A wrong key is 404 in every state of the dossier, and counts as a look-up of an unknown code: guessing is slowed
    down. An `Idempotency-Key` belongs to the dossier, because a holder of a receipt has no token.
    """
    return await rate(request, code, body, language)


@figure_route(router, "/statistics/ratings", RatingsOut, summary="Ratings of a period", tags=["statistics"])
async def get_rating_figures(
    request: Request, query: Annotated[RatingsIn, Query()], caller: OptionalCaller, now: Now, language: Language
) -> Response:
    """Scores of the dossiers returned in the period, and the share that was rated, without any comment.

    Clerks, officers and supervisors get the exact figures of units of their subtree. All others get fixed periods that
    ended, by unit or month and without other filters: the scores are then those of parts of at least five answers.
    """
    async with read_register(request, PARAMETERS, language) as register:
        exact = _reads_exactly(caller, query, register.reference, now)
        asked = query if exact else public_query(query, local_date(now))
        question = question_of(asked, register.reference, now)
        if not exact:
            require_public(asked, question, local_date(now))
        counts = await (count if exact else count_for_public)(register.connection, question)
    return await register.answer(
        lambda: ratings_out(question, counts, language, exact=exact),
        lambda content: ratings_table(content, asked, question, language),
        name=f"ratings_{query.by}_{question.first}_{question.last}",
        private=exact,
    )


def _reads_exactly(caller: Caller | None, query: RatingsIn, reference: Reference, now: datetime) -> bool:
    """True if the caller reads each rating of all units in question, so that exact figures tell nothing new."""
    if caller is None or not needs_names(caller.role):
        return False
    scope, units = scope_of(caller, reference, now), question_of(query, reference, now).units
    return scope is None or (units is not None and units <= scope)


@router.get("/ratings", response_model=Page[RatingOut], summary="Comments of ratings", tags=["dossiers"])
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

    A dossier belongs to the unit that was responsible at the return, and to the unit of the counter that returned it.
    """
    refuse_unknown(request.query_params, {"limit": False, "cursor": False})
    if not needs_names(caller.role):
        raise Forbidden("role_may_not", f"A {caller.role} does not read the comments of ratings.")
    rows, next_cursor = await latest(connection, scope_of(caller, reference, now), limit, cursor)
    people_shown(row.dossier_id for row in rows if row.content is not None)
    page = Page[RatingOut](items=[_rating_out(reference, row) for row in rows], next_cursor=next_cursor)
    return conditional_json(request, page, 0, private=True)


def _rating_out(reference: Reference, row: Row) -> RatingOut:
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
