"""HTTP endpoints of seals, for everyone, and of proofs, for readers of the journal."""

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


@router.get("/seals", response_model=Page[SealOut], summary="List the seals", tags=["seals"])
async def list_seals(request: Request, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All seals, the newest first, without a token. A saved seal later reveals changes of any entry before it."""
    (before,) = decode_cursor(cursor, int) if cursor else (None,)
    seals = await newest_seals(connection, before, limit + 1)
    more, seals = len(seals) > limit, seals[:limit]
    page = Page[SealOut](
        items=[seal_out(seal) for seal in seals],
        next_cursor=encode_cursor((seals[-1].number,)) if more else None,
    )
    return conditional_json(request, page, seals[0].number if seals else 0, private=False)


@router.get(
    "/dossiers/{code}/journal/proof",
    response_model=ProofOut,
    summary="Prove the journal",
    tags=["dossiers"],
)
async def get_journal_proof(
    request: Request,
    code: Code,
    connection: Reading,
    caller: AnyCaller,
    reference: CurrentReference,
    now: Now,
    query: Annotated[ProofQuery, Query()],
) -> Response:
    """The exact hashed text of each entry, the hash before it, and its path to the root of its seal.

    docs/journal.md has a script that checks this response against a saved seal.
    """
    dossier = await dossiers.find(connection, code)
    require_readable(dossier, scope_of(caller, reference, now))
    return conditional_json(request, await proof(connection, dossier, query), dossier.state.version, private=True)
