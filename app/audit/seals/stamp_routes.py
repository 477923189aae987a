"""Route of the time stamps of seals, without a token."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.dependencies import Reading
from app.audit.seals.stamp_queries import newest_stamps, oldest_stamps
from app.audit.seals.stamp_schemas import StampOut, StampQuery
from app.http.etags import conditional_json
from app.http.pagination import Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/seals", tags=["seals"])


@router.get("/stamps", response_model=Page[StampOut], summary="List the time stamps of the seals")
async def list_seal_stamps(request: Request, connection: Reading, query: Annotated[StampQuery, Query()]) -> Response:
    """The stamps of an outside authority, the newest first, without a token.

    docs/journal.md says how to check them without this register. Each covers its seal and every seal before it.
    """
    if query.covers is not None:
        stamps, more = await oldest_stamps(connection, query.covers - 1, 1), False
    else:
        (before,) = decode_cursor(query.cursor, int) if query.cursor else (None,)
        stamps = await newest_stamps(connection, before, query.limit + 1)
        stamps, more = stamps[: query.limit], len(stamps) > query.limit
    page = Page[StampOut](
        items=[StampOut(**stamp._asdict()) for stamp in stamps],
        next_cursor=encode_cursor((stamps[-1].seal,)) if more else None,
    )
    return conditional_json(request, page, stamps[0].seal if stamps else 0, private=False)
