"""The HTTP face of seals, for anybody who wants to keep them, and of proofs, for who may read the journal."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.dependencies import AnyCaller, Now, Reading
from app.audit.seals.proofs import proof, seal_out
from app.audit.seals.queries import newest_seals
from app.audit.seals.schemas import ProofOut, ProofQuery, SealOut
from app.catalogue.dependencies import CurrentReference
from app.dossiers import queries as dossiers
from app.dossiers.permissions import require_readable, scope_of
from app.http.etags import conditional_json
from app.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1")

Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=["000.31.15.H47-210816-0001"])]


@router.get("/seals", response_model=Page[SealOut], summary="The seals of the register", tags=["seals"])
async def list_seals(request: Request, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The newest first, without a token. Who keeps a seal can tell later whether anything before it was changed."""
    (before,) = decode_cursor(cursor, int) if cursor else (None,)
    found = await newest_seals(connection, before, limit + 1)
    more, found = len(found) > limit, found[:limit]
    page = Page[SealOut](
        items=[seal_out(item) for item in found],
        next_cursor=encode_cursor((found[-1].number,)) if more else None,
    )
    return conditional_json(request, page, found[0].number if found else 0, private=False)


@router.get(
    "/dossiers/{code}/journal/proof",
    response_model=ProofOut,
    summary="What proves its journal",
    tags=["dossiers"],
)
async def get_journal_proof(
    request: Request,
    code: Code,
    connection: Reading,
    caller: AnyCaller,
    reference: CurrentReference,
    now: Now,
    asked: Annotated[ProofQuery, Query()],
) -> Response:
    """Each entry as it was hashed, the hash before it, and its way to the root of the seal that holds it.

    docs/journal.md has a script by which anybody checks this answer against a seal that was kept.
    """
    dossier = await dossiers.find(connection, code)
    require_readable(dossier, scope_of(caller, reference, now))
    return conditional_json(request, await proof(connection, dossier, asked), dossier.state.version, private=True)
