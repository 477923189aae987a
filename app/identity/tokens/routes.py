"""HTTP endpoints of tokens: the caller's own, and for administrators issue, list, read, revoke and rotate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.access import queries
from app.access.callers import Caller
from app.access.dependencies import AnyAdministrator, AnyCaller, Now, Reading, changing, store_response
from app.access.service import IssuedToken
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.identity.tokens import service
from app.identity.tokens.permissions import Office
from app.identity.tokens.presenting import caller_out, issued_out, token_out, token_record
from app.identity.tokens.schemas import (
    CallerOut,
    ConfirmIn,
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
    """The context of an administrator's request in a transaction, committed at the end of the block."""
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
    """All tokens with a scope within the administrator's, by id and without their secrets."""
    at = Office(connection, reference, caller, now)
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    tokens = await queries.list_tokens(
        connection,
        now,
        units=at.waiting if query.waiting else at.units,
        active=query.active,
        after=after or 0,
        most=query.limit + 1,
    )
    more, tokens = len(tokens) > query.limit, tokens[: query.limit]
    items = [token_out(reference, token, now) for token in tokens]
    page = Page[TokenOut](items=items, next_cursor=encode_cursor((tokens[-1].id,)) if more else None)
    return _answer(request, page, max((token.version for token in tokens), default=0))


@router.get("/current", response_model=CallerOut, summary="Read the caller")
async def get_current_caller(request: Request, caller: AnyCaller, reference: CurrentReference, now: Now) -> Response:
    """The client, role and unit of the request's token, of the single sign-on, or of a person's session."""
    return _answer(request, caller_out(reference, caller, now), reference.revision)


@router.get("/{token_id}", response_model=TokenRecord, summary="Read a token")
async def get_token(
    request: Request,
    caller: AnyAdministrator,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    token_id: TokenId,
) -> Response:
    """One token with the record of its changes."""
    token = await Office(connection, reference, caller, now).token(token_id)
    return _answer(
        request, token_record(reference, token, await queries.changes_of(connection, token_id), now), token.version
    )


@router.post("", status_code=201, response_model=IssuedTokenOut, summary="Issue a token")
async def issue_token(request: Request, body: TokenIn, caller: AnyAdministrator) -> Response:
    """Issues a token. Its secret is in this response only.

    An administrator of a unit issues tokens only for units of its subtree, and only for client names that no token
    outside the subtree has. A retry with the same `Idempotency-Key` is answered without the secret: rotate the token
    to get another.
    """
    async with _office(request, caller) as at:
        return await _issued(request, at, await service.issue(at, body))


async def _issued(request: Request, at: Office, issued: IssuedToken) -> Response:
    """The response with the secret. The response stored for retries lacks it: only the hash of a secret is stored."""
    content, version = issued_out(at.reference, issued, at.now), issued.token.version
    location = f"/api/v1/tokens/{issued.token.id}"
    without = content.model_copy(update={"secret": None})
    await store_response(request, at.connection, _answer(request, without, version, 201, location))
    return _answer(request, content, version, 201, location)


@router.post("/{token_id}/revoke", response_model=TokenOut, summary="Revoke a token")
async def revoke_token(request: Request, body: RevokeIn, caller: AnyAdministrator, token_id: TokenId) -> Response:
    """The token is no longer valid: at once in this worker, after `MOTCUA_TOKEN_CACHE_SECONDS` in the others."""
    async with _office(request, caller) as at:
        token = await service.revoke(at, token_id, body, partial(require_version, request))
        shown = _answer(request, token_out(at.reference, token, at.now), token.version)
        response = await store_response(request, at.connection, shown)
    # After the commit: before it, another request could cache the old state again.
    CatalogueServices.of(request.app).tokens.forget(token_id)
    return response


@router.post("/{token_id}/confirm", response_model=TokenOut, summary="Confirm a token of a succeeded unit")
async def confirm_token(request: Request, body: ConfirmIn, caller: AnyAdministrator, token_id: TokenId) -> Response:
    """The token belongs to the successor of its unit from now on, and reads and acts there.

    Until then it reads and acts only for the dossiers that its own unit had. By an administrator of the successor.
    """
    async with _office(request, caller) as at:
        token = await service.confirm(at, token_id, body, partial(require_version, request))
        shown = _answer(request, token_out(at.reference, token, at.now), token.version)
        response = await store_response(request, at.connection, shown)
    CatalogueServices.of(request.app).tokens.forget(token_id)
    return response


@router.post("/{token_id}/rotate", status_code=201, response_model=RotatedTokenOut, summary="Rotate a token")
async def rotate_token(request: Request, body: RotateIn, caller: AnyAdministrator, token_id: TokenId) -> Response:
    """Issues a token for the same client, role and unit. The old token remains valid for the overlap."""
    async with _office(request, caller) as at:
        issued = await service.rotate(at, token_id, body, partial(require_version, request))
        response = await _issued(request, at, issued)
    CatalogueServices.of(request.app).tokens.forget(token_id)
    return response
