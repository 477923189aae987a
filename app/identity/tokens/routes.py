"""The HTTP face of tokens: who is calling; and for administrators to issue, list, read, revoke and rotate them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.access import queries
from app.access.callers import Caller
from app.access.dependencies import AnyAdministrator, AnyCaller, Now, Reading, changing, kept
from app.access.service import Issued
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.identity.tokens import service
from app.identity.tokens.permissions import Office
from app.identity.tokens.presenting import caller_out, issued_out, token_out, token_record
from app.identity.tokens.schemas import (
    CallerOut,
    IssuedTokenOut,
    RevokeIn,
    RotatedTokenOut,
    RotateIn,
    TokenIn,
    TokenOut,
    TokenQuery,
    TokenRecord,
)

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"])

TokenId = Annotated[int, Path(ge=1, lt=2**31, description="the token's id", examples=[7])]


@asynccontextmanager
async def _office(request: Request, caller: Caller) -> AsyncIterator[Office]:
    """The administrator at work in a transaction; what it changed is committed when the block ends."""
    async with changing(request) as connection:
        services = CatalogueServices.of(request.app)
        yield Office(connection, await services.reference.current(connection), caller, services.now())


def _answer(
    request: Request, content: BaseModel, version: int, status: int = 200, location: str | None = None
) -> Response:
    headers = {"Location": location} if location else None
    response = conditional_json(request, content, version, private=True, status=status, headers=headers)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("", response_model=Page[TokenOut], summary="List tokens")
async def list_tokens(
    request: Request,
    caller: AnyAdministrator,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    query: Annotated[TokenQuery, Query()],
) -> Response:
    """All tokens that reach no further than the administrator's own, by id; without their secrets."""
    at = Office(connection, reference, caller, now)
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    found = await queries.list_tokens(
        connection, now, units=at.units, active=query.active, after=after or 0, most=query.limit + 1
    )
    more, found = len(found) > query.limit, found[: query.limit]
    items = [token_out(reference, one, now) for one in found]
    page = Page[TokenOut](items=items, next_cursor=encode_cursor((found[-1].id,)) if more else None)
    return _answer(request, page, max((one.version for one in found), default=0))


@router.get("/current", response_model=CallerOut, summary="Who is calling")
async def get_current_caller(request: Request, caller: AnyCaller, reference: CurrentReference) -> Response:
    """The client, role and unit of the token that comes with the call; of a token of the single sign-on too."""
    return _answer(request, caller_out(reference, caller), reference.revision)


@router.get("/{token_id}", response_model=TokenRecord, summary="Read a token")
async def get_token(
    request: Request,
    caller: AnyAdministrator,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    token_id: TokenId,
) -> Response:
    """One token with all that was done to it, by whom and when."""
    token = await Office(connection, reference, caller, now).token(token_id)
    return _answer(
        request, token_record(reference, token, await queries.changes_of(connection, token_id), now), token.version
    )


@router.post("", status_code=201, response_model=IssuedTokenOut, summary="Issue a token")
async def issue_token(request: Request, body: TokenIn, caller: AnyAdministrator) -> Response:
    """Issues a token, whose secret is in this answer and nowhere else.

    An administrator of a unit issues tokens for units of its subtree only, and only for clients whose name is not borne
    outside of it. A retry under an `Idempotency-Key` is answered without the secret: rotate the token to get another.
    """
    async with _office(request, caller) as at:
        return await _issued(request, at, await service.issue(at, body))


async def _issued(request: Request, at: Office, issued: Issued) -> Response:
    """The answer with the secret; what is kept for a retry lacks it, since of a secret only the hash is stored."""
    content, version = issued_out(at.reference, issued, at.now), issued.token.version
    location = f"/api/v1/tokens/{issued.token.id}"
    without = content.model_copy(update={"secret": None})
    await kept(request, at.connection, _answer(request, without, version, 201, location))
    return _answer(request, content, version, 201, location)


@router.post("/{token_id}/revoke", response_model=TokenOut, summary="Revoke a token")
async def revoke_token(request: Request, body: RevokeIn, caller: AnyAdministrator, token_id: TokenId) -> Response:
    """The token does not hold any more: at once in this worker, after `MOTCUA_TOKEN_CACHE_SECONDS` in all others."""
    async with _office(request, caller) as at:
        token = await service.revoke(at, token_id, body, partial(require_version, request))
        shown = _answer(request, token_out(at.reference, token, at.now), token.version)
        response = await kept(request, at.connection, shown)
    # Once it is committed, so that nobody reads the token as it was meanwhile.
    CatalogueServices.of(request.app).tokens.forget(token_id)
    return response


@router.post("/{token_id}/rotate", status_code=201, response_model=RotatedTokenOut, summary="Rotate a token")
async def rotate_token(request: Request, body: RotateIn, caller: AnyAdministrator, token_id: TokenId) -> Response:
    """Issues a token for the same client, role and unit; the old one holds for the overlap, so that nothing stops."""
    async with _office(request, caller) as at:
        issued = await service.rotate(at, token_id, body, partial(require_version, request))
        response = await _issued(request, at, issued)
    CatalogueServices.of(request.app).tokens.forget(token_id)
    return response
