"""HTTP endpoint of the access log: the views of one dossier."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.access.dependencies import AnyCaller, Now, Reading
from app.catalogue.dependencies import CurrentReference
from app.domain.lifecycle import Role
from app.dossiers.permissions import require_readable, scope_of
from app.dossiers.queries import find
from app.http.errors import Forbidden
from app.http.etags import conditional_json
from app.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from app.identity.access_log.queries import FIRST_PAGE, views_of
from app.identity.access_log.schemas import ViewOut

router = APIRouter(prefix="/api/v1/dossiers", tags=["dossiers"])

Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=["000.31.15.H47-210816-0001"])]


@router.get("/{code}/access-log", response_model=Page[ViewOut], summary="Read who has seen the personal data")
async def list_access_log_entries(
    request: Request,
    code: Code,
    caller: AnyCaller,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The views of its personal data and free text, the latest first. For supervisors and administrators."""
    if caller.role not in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        raise Forbidden("role_may_not", f"A {caller.role} does not read the access log.")
    dossier = await find(connection, code)
    require_readable(dossier, scope_of(caller, reference, now))
    (before,) = decode_cursor(cursor, int) if cursor else (None,)
    views = await views_of(connection, dossier.id, before=before or FIRST_PAGE, most=limit + 1)
    more, views = len(views) > limit, views[:limit]
    items = [
        ViewOut(
            viewed_at=view.viewed_at,
            client=view.client,
            token=view.token_id,
            kind=view.kind,
            dossiers=view.dossiers,
            request_id=view.request_id,
        )
        for view in views
    ]
    page = Page[ViewOut](items=items, next_cursor=encode_cursor((views[-1].id,)) if more else None)
    return conditional_json(request, page, dossier.state.version, private=True)
