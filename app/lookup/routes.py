"""Routes of look-ups and explained deadlines (contract, Citizens and Dossiers)."""

from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

from app.access.dependencies import AnyCaller, Language, Now, Reading, reading
from app.catalogue.cache import Reference, ReferenceCache
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.catalogue.provisional import with_provisional_years
from app.database import Connection
from app.domain.errors import Invalid
from app.dossiers.dependencies import DossierServices
from app.dossiers.permissions import require_readable, scope_of
from app.dossiers.queries import find as find_dossier
from app.http.etags import VARY, conditional_json
from app.http.lookup_limits import MissesCounted, lookup_rate
from app.http.messages import language_of
from app.lookup import queries
from app.lookup.explanation import case_of, explained
from app.lookup.parameters import case_asked
from app.lookup.presenting import lookup_deadline_out, lookup_out
from app.lookup.schemas import DeadlineIn, DeadlineOut, LookupDeadlineOut, LookupOut
from app.lookup.slip_proofs import (
    DIGITS_HEADER,
    KEY_HEADER,
    PROOF_PARAMETERS,
    SlipProof,
    proof_in,
    require_digits,
    require_key,
)

router = APIRouter(prefix="/api/v1")

Typed = Annotated[
    str,
    Path(description="the dossier's code: case, spaces and kinds of dashes do not matter", examples=[queries.EXAMPLE]),
]
_VARY = {"Vary": f"{VARY}, {KEY_HEADER}, {DIGITS_HEADER}"}
Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=[queries.EXAMPLE])]


@router.get(
    "/lookup/{code}",
    response_model=LookupOut,
    summary="The status of a dossier",
    tags=["lookup"],
    openapi_extra={"parameters": PROOF_PARAMETERS},
)
async def look_up_dossier(request: Request, code: Typed) -> Response:
    """Status and dates of a dossier, for everybody who has its code; nothing about people.

    With `X-Slip-Key` (the key of the slip) or `X-Last-Digits` (six or more last digits of the telephone or the identity
    number of an applicant) times, steps, money, and the names of the procedure and of the holder too.
    """
    # Hot path: skips FastAPI dependencies, which cost time.
    language = language_of(request.headers.get("accept-language"))
    services, proof = DossierServices.of(request.app), proof_in(request)
    if proof is not None:
        await services.rating_keys.load(services.database)
    async with services.database.reading() as connection:
        snapshot = await _snapshot(request, connection, code, language, proof)
        reference = await _reference(services.reference, connection, snapshot.row.reference_revision or 0)
    content = lookup_out(reference, snapshot, services.now(), language, complete=proof is not None)
    return _answer(request, content)


async def _snapshot(
    request: Request, connection: Connection, code: str, language: str, proof: SlipProof | None
) -> queries.DossierSnapshot:
    """The dossier of a code, with its steps if there is a proof, which is then checked."""
    with MissesCounted(request):
        if proof is None:
            return await queries.find_bare(connection, code, language)
        snapshot = await queries.find(connection, code, language)
        require_key(DossierServices.of(request.app).rating_keys, snapshot.row.code, proof)
    await require_digits(request, connection, snapshot.row.id, proof)
    return snapshot


def _answer(request: Request, content: BaseModel) -> Response:
    # The version of a dossier changes with what is not shown, so the tag is made from the answer alone.
    return conditional_json(request, content, 0, private=True, headers=_VARY)


async def _reference(cache: ReferenceCache, connection: Connection, revision: int) -> Reference:
    """The worker's copy of the reference data; the dossier's row came with the present revision."""
    held = cache.peek()
    if held is not None and held.revision == revision:
        return held
    return await cache.current(connection)


@router.get(
    "/lookup/{code}/deadline",
    response_model=LookupDeadlineOut,
    summary="The computation of its due date",
    openapi_extra={"parameters": PROOF_PARAMETERS},
    tags=["lookup"],
)
async def look_up_deadline(request: Request, code: Typed, language: Language) -> Response:
    """The due date, for everybody who has the code.

    With a proof, as for `GET /lookup/{code}`, a line for every calendar day from receipt to due date.
    """
    services, proof = DossierServices.of(request.app), proof_in(request)
    if proof is not None:
        await services.rating_keys.load(services.database)
    async with services.database.reading() as connection:
        snapshot = await _snapshot(request, connection, code, language, proof)
        reference = await _reference(services.reference, connection, snapshot.row.reference_revision or 0)
        journal = await queries.whole_journal(connection, snapshot.row.id)
    content = explained(case_of(reference, snapshot.state, journal), language)
    return _answer(request, lookup_deadline_out(content, complete=proof is not None))


@router.get(
    "/dossiers/{code}/deadline",
    response_model=DeadlineOut,
    summary="The computation of its due date",
    tags=["dossiers"],
)
async def get_deadline(
    request: Request,
    code: Code,
    caller: AnyCaller,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    language: Language,
) -> Response:
    """A line for every calendar day from receipt to due date, so that a person can check it."""
    dossier = await find_dossier(connection, code)
    require_readable(dossier, scope_of(caller, reference, now))
    journal = await queries.whole_journal(connection, dossier.id)
    content = explained(case_of(reference, dossier.state, journal), language)
    return conditional_json(request, content, dossier.state.version, private=True)


@router.post(
    "/deadline",
    response_model=DeadlineOut,
    summary="Compute a due date",
    tags=["deadline"],
    dependencies=[Depends(lookup_rate)],
)
async def compute_deadline(request: Request, body: DeadlineIn, language: Language) -> Response:
    """The due date of a procedure or of a limit, explained day by day; everybody can check a promise with it."""
    services = CatalogueServices.of(request.app)

    async def attempt() -> DeadlineOut:
        async with asynccontextmanager(reading)(request) as connection:
            reference = await services.reference.current(connection)
        return explained(case_asked(reference, body), language)

    try:
        # Nothing is recorded, so only the years of this computation get a calendar.
        content = await with_provisional_years(services.database, services.now, attempt, to_present=False)
    except Invalid as refusal:
        # The law knows suspensions by their place in the list, the client by their place in the body.
        if refusal.code == "suspension_invalid" and "index" in refusal.extra:
            pointer = f"/suspensions/{refusal.extra['index']}"
            raise Invalid(refusal.code, refusal.detail, pointer=pointer) from None
        raise
    return Response(content.model_dump_json(), media_type="application/json")
