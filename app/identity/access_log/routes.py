"""HTTP endpoints of the access log: the views of one dossier, for supervisors, and its offices, for the person."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.access.dependencies import AnyCaller, Language, Now, Reading
from app.access.persons import client_names_of
from app.catalogue.dependencies import CurrentReference
from app.domain.lifecycle import Role
from app.dossiers.dependencies import DossierServices
from app.dossiers.permissions import require_readable, scope_of
from app.dossiers.queries import find
from app.http.errors import Forbidden
from app.http.etags import VARY, conditional_json
from app.http.lookup_limits import MissesCounted, lookup_rate
from app.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from app.identity.access_log.offices import office_days
from app.identity.access_log.presenting import office_days_out
from app.identity.access_log.queries import FIRST_PAGE, views_of
from app.identity.access_log.schemas import OfficeDaysOut, ViewOut
from app.lookup import queries as lookups
from app.lookup.slip_proofs import DIGITS_HEADER, KEY_HEADER, PROOF_PARAMETERS, proof_in, require_digits, require_key

router = APIRouter(prefix="/api/v1")

Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=["000.31.15.H47-210816-0001"])]


@router.get(
    "/dossiers/{code}/access-log",
    response_model=Page[ViewOut],
    summary="Read who has seen the personal data",
    tags=["dossiers"],
)
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
    names = await client_names_of(connection, {view.client for view in views})
    items = [
        ViewOut(
            viewed_at=view.viewed_at,
            client=view.client,
            client_name=names.get(view.client),
            token=view.token_id,
            kind=view.kind,
            dossiers=view.dossiers,
            request_id=view.request_id,
        )
        for view in views
    ]
    page = Page[ViewOut](items=items, next_cursor=encode_cursor((views[-1].id,)) if more else None)
    return conditional_json(request, page, dossier.state.version, private=True)


@router.get(
    "/lookup/{code}/views",
    response_model=OfficeDaysOut,
    summary="Which office has looked at one's dossier",
    tags=["lookup"],
    openapi_extra={"parameters": PROOF_PARAMETERS},
)
async def list_offices_that_looked(request: Request, code: Code, language: Language, now: Now) -> Response:
    """For the holder of the slip: the offices that saw people of the dossier in the last year, by day.

    It needs a proof, as `GET /lookup/{code}` takes it. It names offices and no clerks.
    """
    await lookup_rate(request)
    proof, services = proof_in(request), DossierServices.of(request.app)
    if proof is None:
        raise Forbidden("slip_proof_needed", "Send the key of the slip, or the last digits of an applicant's number.")
    await services.rating_keys.load(services.database)
    async with services.database.reading(heavy=True) as connection:
        with MissesCounted(request):
            dossier = (await lookups.find_bare(connection, code, language)).row
            require_key(services.rating_keys, dossier.code, proof)
        await require_digits(request, connection, dossier.id, proof)
        reference = await services.reference.current(connection)
        days = await office_days(connection, dossier.id, now)
    content = office_days_out(reference, dossier.code, days, now)
    headers = {"Vary": f"{VARY}, {KEY_HEADER}, {DIGITS_HEADER}"}
    return conditional_json(request, content, 0, private=True, headers=headers)
