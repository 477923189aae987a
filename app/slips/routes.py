"""Routes of slips: the papers of a dossier and the register of a counter, as PDF."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.dependencies import AnyCaller, Now, Reading
from app.access.shown_people import people_shown
from app.catalogue.dependencies import CurrentReference
from app.domain.errors import Invalid
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.dossiers import queries as dossiers
from app.dossiers.permissions import require_readable, scope_of
from app.dossiers.reader import Reader
from app.http.errors import Forbidden
from app.http.etags import conditional, conditional_json
from app.http.query_parameters import refuse_unknown
from app.slips.content import Case, slip_job
from app.slips.dependencies import SlipServices
from app.slips.events import date_in_force, events_of, slips_of
from app.slips.forms import SlipKind
from app.slips.queries import received_dossiers
from app.slips.register import MOST_DOSSIERS, register_job, register_period
from app.slips.schemas import REGISTER_PARAMETERS, SLIP_PARAMETERS, RegisterIn, SlipIn, SlipOut, SlipsOut

router = APIRouter(prefix="/api/v1", tags=["slips"])

PDF = "application/pdf"
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The paper", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}

Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=["000.31.15.H47-210816-0001"])]
KindPath = Annotated[
    SlipKind,
    Path(description=f"one of {', '.join(SlipKind)}", examples=["receipt"]),
]


@router.get("/dossiers/{code}/slips", response_model=SlipsOut, summary="List the slips of a dossier")
async def list_slips(
    request: Request, code: Code, connection: Reading, reference: CurrentReference, caller: AnyCaller, now: Now
) -> Response:
    """The slips that can be printed now, each with its journal entry."""
    dossier = await dossiers.find(connection, code)
    require_readable(dossier, scope_of(caller, reference, now))
    events = events_of(await dossiers.journal(connection, dossier.id), sees_people=False)
    items = [SlipOut(kind=kind, sequence=event.sequence, occurred_at=event.at) for kind, event in slips_of(events)]
    return conditional_json(request, SlipsOut(items=items), dossier.state.version, private=True)


@router.get(
    "/dossiers/{code}/slips/{kind}", summary="Print a slip of a dossier", response_class=Response, responses=_ANSWER
)
async def get_slip(
    request: Request,
    code: Code,
    kind: KindPath,
    query: Annotated[SlipIn, Query()],
    caller: AnyCaller,
    now: Now,
) -> Response:
    """A slip to print and sign, for callers that may read the dossier. It is in Vietnamese: its form is statutory.

    Number and title of the form are those in force on the receipt date. If the journal has no such event yet, 409
    `no_such_slip` names the available `slips`. For roles that need no names, personal data are left blank. For the
    others the dossier's access log records the view.
    """
    refuse_unknown(request.query_params, SLIP_PARAMETERS)
    services = SlipServices.of(request.app)
    # The connection is returned before the rendering, which may wait for a turn.
    async with services.database.reading(snapshot=True) as connection:
        reference = await services.reference.current(connection)
        reader = Reader(caller, scope_of(caller, reference, now), now)
        dossier = await dossiers.find(connection, code)
        require_readable(dossier, reader.scope)
        journal = await dossiers.journal(connection, dossier.id)
    people = reader.sees_people(dossier)
    key = None
    if people and caller.role in (Role.CLERK, Role.SUPERVISOR):
        await services.rating_keys.ready(services.database)
        key = services.rating_keys.of(dossier.code)
    case = Case(reference, dossier, events_of(journal, sees_people=people), people, key, date_in_force(journal))

    body = await services.printer.pdf(lambda: slip_job(case, kind, query.sequence, query.paper))
    return _answer(request, body, dossier.state.version, f"{kind}_{dossier.code}")


@router.get("/slips/register", summary="Print the register of a counter", response_class=Response, responses=_ANSWER)
async def get_counter_register(
    request: Request, query: Annotated[RegisterIn, Query()], caller: AnyCaller, now: Now
) -> Response:
    """The dossiers that a unit received in a period, in the statutory form, for callers that may read them.

    A register has at most 500 dossiers and 366 days.
    """
    refuse_unknown(request.query_params, REGISTER_PARAMETERS)
    if (query.unit is None) == (query.unit_id is None):
        raise Invalid("field_needed", "Name one unit by `unit` or `unit_id`.", pointer="/unit")
    services = SlipServices.of(request.app)
    async with services.database.reading(snapshot=True) as connection:
        reference = await services.reference.current(connection)
        unit = reference.query_unit(query.unit, query.unit_id, query.last)
        assert unit is not None, "unit or unit_id is given"
        reader = Reader(caller, scope_of(caller, reference, now), now)
        if reader.scope is not None and unit.id not in reader.scope:
            raise Forbidden("unit_of_others", "You may not read the register of this unit.")
        period = register_period(unit, query.first, query.last, local_date(now))
        rows = await received_dossiers(connection, unit.id, period.first, period.last, MOST_DOSSIERS + 1)
    body = await services.printer.pdf(
        lambda: register_job(reference, period, rows, sees_people=reader.needs_names), long=True
    )
    if reader.needs_names:
        people_shown(dossier.id for dossier in rows if not dossier.purged)
    version = max((dossier.state.version for dossier in rows), default=0)
    return _answer(request, body, version, f"register_{unit.code}_{period.first}_{period.last}")


def _answer(request: Request, body: bytes, version: int, name: str) -> Response:
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    headers = {"Content-Disposition": f'inline; filename="{safe}.pdf"'}
    return conditional(request, body, version, private=True, media_type=PDF, headers=headers)
