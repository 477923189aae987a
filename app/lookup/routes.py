"""Routes of look-ups and explained deadlines (contract, Citizens and Dossiers)."""

from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.access.dependencies import AnyCaller, Language, Now, Reading, reading
from app.catalogue.cache import Reference, ReferenceCache
from app.catalogue.dependencies import CatalogueServices, CurrentReference
from app.catalogue.provisional import with_provisional_years
from app.database import Connection
from app.domain.errors import Invalid
from app.dossiers.permissions import require_readable, scope_of
from app.dossiers.queries import find as find_dossier
from app.http.etags import conditional_json
from app.http.lookup_limits import MissesCounted, lookup_rate
from app.http.messages import language_of
from app.lookup import queries
from app.lookup.explanation import case_of, explained
from app.lookup.parameters import case_asked
from app.lookup.presenting import lookup_out
from app.lookup.schemas import DeadlineIn, DeadlineOut, LookupOut

router = APIRouter(prefix="/api/v1")

Typed = Annotated[
    str,
    Path(description="the dossier's code: case, spaces and kinds of dashes do not matter", examples=[queries.EXAMPLE]),
]
Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=[queries.EXAMPLE])]


@router.get("/lookup/{code}", response_model=LookupOut, summary="The status of a dossier", tags=["lookup"])
async def look_up_dossier(request: Request, code: Typed) -> Response:
    """Status, dates and steps of a dossier, for everybody who has its code; nothing about people."""
    # Hot path: skips FastAPI dependencies, which cost time.
    await lookup_rate(request)
    language = language_of(request.headers.get("accept-language"))
    services = CatalogueServices.of(request.app)
    async with services.database.reading() as connection:
        with MissesCounted(request):
            snapshot = await queries.find(connection, code, language)
        reference = await _reference(services.reference, connection, snapshot.row.reference_revision or 0)
    content = lookup_out(reference, snapshot, services.now(), language)
    return conditional_json(request, content, snapshot.row.version, private=True)


async def _reference(cache: ReferenceCache, connection: Connection, revision: int) -> Reference:
    """The worker's copy of the reference data; the dossier's row came with the present revision."""
    held = cache.peek()
    if held is not None and held.revision == revision:
        return held
    return await cache.current(connection)


@router.get(
    "/lookup/{code}/deadline",
    response_model=DeadlineOut,
    summary="The computation of its due date",
    tags=["lookup"],
    dependencies=[Depends(lookup_rate)],
)
async def look_up_deadline(
    request: Request, code: Typed, connection: Reading, reference: CurrentReference, language: Language
) -> Response:
    """A line for every calendar day from receipt to due date, for everybody who has the code."""
    with MissesCounted(request):
        snapshot = await queries.find(connection, code, language)
    journal = await queries.whole_journal(connection, snapshot.row.id)
    content = explained(case_of(reference, snapshot.state, journal), language)
    return conditional_json(request, content, snapshot.row.version, private=True)


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
