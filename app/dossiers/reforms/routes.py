"""Routes of reforms: publish a calendar, record an outage, succeed a unit (contract, Reference data)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.callers import Caller
from app.access.dependencies import Administrator, AnyCaller, Now, changing, store_response
from app.catalogue.cache import Reference, load
from app.catalogue.calendars import YearContent
from app.domain.actions import Role
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.domain.working_days import CalendarStatus
from app.dossiers.dependencies import DossierServices
from app.dossiers.outages import Outage
from app.dossiers.permissions import scope_of
from app.dossiers.presenting import unit_out
from app.dossiers.reforms.dependencies import carry_out
from app.dossiers.reforms.outages import OutageEffects, effects_of, recording_of
from app.dossiers.reforms.publishing import DeadlineChange, publication, rehearse
from app.dossiers.reforms.queries import ListedDossier, listed_of, moved_by, moved_into
from app.dossiers.reforms.schemas import (
    CalendarIn,
    DeadlineChangeOut,
    DossierMoveOut,
    OutageIn,
    OutageOut,
    PublicationOut,
    SuccessionIn,
    SuccessionOut,
    SuccessorOut,
)
from app.dossiers.reforms.succession import Succession, rehearsed_moves, succession
from app.http.errors import Forbidden
from app.http.etags import require_version
from app.http.wire_types import FIRST_YEAR, LAST_YEAR

router = APIRouter(prefix="/api/v1", tags=["reference"])


@router.put("/calendar/{year}", summary="Publish a year's calendar")
async def publish_calendar(
    request: Request,
    year: Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR, description="the year", examples=[2026])],
    body: CalendarIn,
    caller: Administrator,
    now: Now,
    dry_run: Annotated[bool, Query(description="list what would change, and change nothing")] = False,
) -> PublicationOut:
    """Appends a revision, and re-dates the affected open dossiers, each with a journal entry."""
    content = YearContent(
        year=year,
        status=CalendarStatus(body.status),
        decision=body.decision,
        days_off=frozenset(body.days_off),
        working_days=frozenset(body.working_days),
        names={_day(text): name for text, name in body.names.items()},
    )
    if dry_run:
        return await _rehearsed(request, content, now)
    tells = DossierServices.of(request.app).settings.tells_applicants
    plan = publication(caller.client, content, partial(require_version, request), tells_applicants=tells)
    async with carry_out(request, plan) as (connection, reform):
        return PublicationOut(year=year, dry_run=False, moved=await moved_by(connection, reform), dossiers=None)


async def _rehearsed(request: Request, content: YearContent, now: datetime) -> PublicationOut:
    """Refused for another revision than the client expects, as the publication would be."""
    async with changing(request) as connection:
        reference = await load(connection)
        stored = reference.years.get(content.year)
        require_version(request, stored.number if stored else 0)
        changes = await rehearse(connection, reference, content, local_date(now))
    dossiers = [_change_out(change) for change in changes]
    return PublicationOut(year=content.year, dry_run=True, moved=len(changes), dossiers=dossiers)


@router.post("/outages", response_model=OutageOut, summary="Suspend many dossiers for an announced outage")
async def record_system_outage(
    request: Request,
    body: OutageIn,
    caller: AnyCaller,
    now: Now,
    dry_run: Annotated[bool, Query(description="list what would change, and change nothing")] = False,
) -> Response:
    """Suspends open dossiers of a unit's subtree, under procedures with outages, each with a journal entry."""
    if caller.role is not Role.SUPERVISOR:
        raise Forbidden("role_may_not", f"A {caller.role} records no outages; a supervisor does.")
    if dry_run:
        async with changing(request) as connection:
            reference = await load(connection)
            outage = _outage(reference, caller, body, now)
            content = _rehearsed_outage(await effects_of(connection, reference, outage, now))
            return await store_response(request, connection, _json(content))
    tells = DossierServices.of(request.app).settings.tells_applicants
    plan = recording_of(caller.client, lambda reference: _outage(reference, caller, body, now), tells_applicants=tells)
    async with carry_out(request, plan) as (connection, reform):
        content = _recorded_outage(await listed_of(connection, reform))
        return await store_response(request, connection, _json(content))


def _json(content: OutageOut | SuccessionOut) -> Response:
    return Response(content.model_dump_json(), media_type="application/json")


def _rehearsed_outage(effects: OutageEffects) -> OutageOut:
    return OutageOut(
        dry_run=True,
        suspended=len(effects.suspended),
        dossiers=[_change_out(DeadlineChange(item.dossier, item.data)) for item in effects.suspended],
        recorded_before=effects.recorded_before,
    )


def _recorded_outage(listed: Sequence[ListedDossier]) -> OutageOut:
    changes = [DeadlineChangeOut(code=dossier.code, **dossier.effect) for dossier in listed if dossier.moved]
    return OutageOut(
        dry_run=False,
        suspended=len(changes),
        dossiers=changes,
        recorded_before=[dossier.code for dossier in listed if "recorded_before" in dossier.effect],
    )


def _outage(reference: Reference, caller: Caller, body: OutageIn, now: datetime) -> Outage:
    """The outage with units and procedures as ids; raises Invalid, and Forbidden for units of others."""
    if body.to > now or body.from_ >= body.to:
        raise Invalid(
            "outage_invalid", "An outage begins before it ends, and is recorded after its end.", pointer="/to"
        )
    unit, scope = reference.unit(body.unit, local_date(body.from_)), scope_of(caller, reference, now)
    if scope is not None and unit.id not in scope:
        raise Forbidden("unit_of_others", "The unit is not in your token's subtree.")
    ids = None
    if body.procedures is not None:
        listed = enumerate(body.procedures)
        ids = frozenset(reference.procedure(code, pointer=f"/procedures/{n}").id for n, code in listed)
    units = reference.scope(unit.id, local_date(now))
    assert units is not None
    return Outage(units, ids, body.from_, body.to, body.notice)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("calendar_invalid", "Names go with dates, as YYYY-MM-DD.", pointer="/names") from None


def _change_out(change: DeadlineChange) -> DeadlineChangeOut:
    state, data = change.dossier.state, change.data
    deadline, moved = data.get("deadline"), data.get("promise")
    due = date.fromisoformat(deadline["due_date"]) if deadline else state.due_date
    assert due is not None, "a dossier with a date to move was received"
    return DeadlineChangeOut(
        code=change.dossier.code,
        due_date_before=state.due_date,
        due_date=due,
        provisional=deadline["provisional"] if deadline else state.provisional,
        promised_date_before=state.promised_date,
        promised_date=date.fromisoformat(moved) if moved else _still_promised(state.promised_date, due),
    )


def _still_promised(promised: date | None, due: date) -> date | None:
    """The promise after a change of the due date: one on or before it lapses (rules §6)."""
    return promised if promised is not None and promised > due else None


@router.post("/units/{unit_id}/succeed", response_model=SuccessionOut, summary="Replace a unit by its successors")
async def succeed_unit(
    request: Request,
    unit_id: Annotated[int, Path(ge=1, lt=2**31, description="id of the unit that ends", examples=[18])],
    body: SuccessionIn,
    caller: Administrator,
    dry_run: Annotated[bool, Query(description="list what would move, and change nothing")] = False,
) -> Response:
    """Ends the unit and moves every dossier of it that is not closed; history stays with the old unit.

    A divided unit has several successors. Rules and a list of dossiers say what goes where.
    """
    asked = Succession(unit_id, body, partial(require_version, request))
    if dry_run:
        async with changing(request) as connection:
            reference = await load(connection)
            moves = await rehearsed_moves(connection, reference, asked, DossierServices.of(request.app).now())
            content = _succession_out(reference, asked, Counter(successor for _code, successor in moves), moves)
            return await store_response(request, connection, _json(content))
    tells = DossierServices.of(request.app).settings.tells_applicants
    async with carry_out(request, succession(caller.client, asked, tells_applicants=tells)) as (connection, reform):
        reference = await load(connection)
        content = _succession_out(reference, asked, await moved_into(connection, reform, reference.units[unit_id]))
        return await store_response(request, connection, _json(content))


def _succession_out(
    reference: Reference, asked: Succession, moved: Mapping[int, int], moves: Sequence[tuple[str, int]] | None = None
) -> SuccessionOut:
    """The answer. `moved`: the number of dossiers by successor; `moves`: code and successor of each in a dry run."""
    successors = asked.successors(reference)
    return SuccessionOut(
        dry_run=moves is not None,
        unit=unit_out(reference, asked.unit_id),
        valid_to=asked.last_day,
        successor=unit_out(reference, successors[0]),
        successors=[SuccessorOut(unit=unit_out(reference, unit), moved=moved.get(unit, 0)) for unit in successors],
        moved=sum(moved.values()),
        dossiers=None
        if moves is None
        else [DossierMoveOut(code=code, into=unit_out(reference, successor)) for code, successor in moves],
    )
