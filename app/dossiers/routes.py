"""The HTTP face of dossiers: receive, list, search, read, act (contract, Dossiers)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.access.callers import Caller
from app.access.dependencies import AnyCaller, Now, Reading, changing, kept
from app.access.views import Viewing
from app.catalogue.cache import Reference, ReferenceAged
from app.catalogue.dependencies import CurrentReference
from app.catalogue.exclusion import shared_guard
from app.database import IntegrityFailed
from app.domain.errors import DomainError
from app.domain.lifecycle import Action
from app.dossiers import queries, service
from app.dossiers.correcting import approve, correct, reject
from app.dossiers.dependencies import DossierServices
from app.dossiers.operations import DESCRIPTIONS, SUMMARIES, endpoint_name
from app.dossiers.parameters import ListQuery, SearchIn, filters_of, opens_by_default
from app.dossiers.particulars import mend as mend_particulars
from app.dossiers.permissions import permissions_for, require_kept, require_readable, scope_of
from app.dossiers.presenting import (
    DefaultsOut,
    DossierOut,
    DossierPage,
    EntryOut,
    Reader,
    ReceiptOut,
    dossier_out,
    entry_out,
)
from app.dossiers.queries import Dossier
from app.dossiers.schemas import (
    BODIES,
    ActIn,
    ApproveCorrectionIn,
    CorrectIn,
    DossierIn,
    ParticularsIn,
    RejectCorrectionIn,
)
from app.dossiers.service import UnitOfWork
from app.dossiers.work_list import ListContext, work_list
from app.http.etags import conditional_json, require_version
from app.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/dossiers", tags=["dossiers"])

Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=["000.31.15.H47-210816-0001"])]


@asynccontextmanager
async def _unit_of_work(request: Request, caller: Caller, held: Reference | None = None) -> AsyncIterator[UnitOfWork]:
    """Who changes what, in a transaction that holds the reference data still until it ends (rules §3).

    With `held` nothing holds them still yet: who uses the desk must see that these are the ones that hold. Nor is it
    looked whether the same was done before: who uses the desk asks again without `held` where anything is refused.
    """
    services = DossierServices.of(request.app)
    window = timedelta(hours=services.settings.backdating_hours)
    async with changing(request, claiming=held is None) as connection:
        reference = held or await services.reference.current(connection, await shared_guard(connection))
        yield UnitOfWork(connection, reference, caller, services.now(), window, services.settings.tells_applicants)


async def reader(caller: AnyCaller, reference: CurrentReference, now: Now) -> Reader:
    """For whom dossiers are read."""
    return Reader(caller, scope_of(caller, reference, now), now)


AsReader = Annotated[Reader, Depends(reader, scope="function")]


def _shown(reference: Reference, dossier: Dossier, reading: Reader, *, whole: bool = False) -> DossierOut:
    permissions = permissions_for(dossier.state, reading.caller, reading.scope)
    return dossier_out(reference, dossier, reading, permissions, whole=whole)


async def _answer(
    request: Request, work: UnitOfWork, dossier: Dossier, status: int = 200, *, receipt: bool = False
) -> Response:
    """What the change has made of the dossier, kept with the change; a `receipt` says its rating key too."""
    content = _shown(work.reference, dossier, Reader(work.caller, work.scope, work.now))
    if receipt:
        key = DossierServices.of(request.app).rating_keys.of(dossier.code) if dossier.state.received_at else None
        content = ReceiptOut(**vars(content), rating_key=key)
    headers = {"Location": f"/api/v1/dossiers/{dossier.code}"} if status == 201 else None
    version = dossier.state.version
    answer = conditional_json(request, content, version, private=True, status=status, headers=headers)
    return await kept(request, work.connection, answer)


@router.post("", status_code=201, response_model=ReceiptOut, summary="Receive or submit a dossier")
async def receive_dossier(request: Request, body: DossierIn, caller: AnyCaller) -> Response:
    """Receives a dossier, or only submits it with `"submit": true`; answers with its code and its due date."""
    services = DossierServices.of(request.app)
    await services.rating_keys.ready(services.database)
    held = services.reference.peek()
    if held is not None:
        # The most frequent change: decided by the worker's copy, whose revision is looked at as the code is issued, and
        # done before anybody looks whether it was. If the copy has aged, or anything is refused, an answer that was
        # kept already or an external code taken meanwhile too, all is done again in the careful order.
        with suppress(ReferenceAged, DomainError, IntegrityFailed):
            async with _unit_of_work(request, caller, held) as work:
                return await _answer(request, work, await service.receive(work, body), 201, receipt=True)
    async with _unit_of_work(request, caller) as work:
        return await _answer(request, work, await service.receive(work, body), 201, receipt=True)


@router.get("", response_model=DossierPage, summary="The work list")
async def list_dossiers(
    request: Request,
    query: Annotated[ListQuery, Query()],
    connection: Reading,
    reference: CurrentReference,
    reading: AsReader,
) -> Response:
    """Dossiers that fit all filters; a filter given twice means either.

    Without `open`, and without a filter for dossiers that are not open, only open ones are listed: `defaults` says so.
    """
    return await _page(request, query, connection, reference, reading, query.limit, query.cursor)


@router.post("/search", response_model=DossierPage, summary="Search, by names and numbers too")
async def search_dossiers(
    request: Request,
    body: SearchIn,
    connection: Reading,
    reference: CurrentReference,
    reading: AsReader,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The same filters and defaults, in the body, where personal data may stand; changes nothing."""
    return await _page(request, body, connection, reference, reading, body.limit or limit, body.cursor or cursor)


async def _page(
    request: Request,
    asked: ListQuery | SearchIn,
    connection: Reading,
    reference: Reference,
    reading: Reader,
    limit: int,
    cursor: str | None,
) -> Response:
    filters = filters_of(asked, reference, reading)
    settings = DossierServices.of(request.app).settings
    asking = ListContext(reference, reading.now, reading.scope, settings.due_soon_days)
    found, next_cursor = await work_list(connection, filters, asking, limit, cursor)
    page = DossierPage(
        items=[_shown(reference, one, reading) for one in found],
        next_cursor=next_cursor,
        defaults=DefaultsOut(open=True) if opens_by_default(asked) else None,
    )
    return conditional_json(request, page, max((one.state.version for one in found), default=0), private=True)


async def _readable(connection: Reading, code: str, reading: Reader) -> Dossier:
    dossier = await queries.find(connection, code)
    require_readable(dossier, reading.scope)
    return dossier


@router.get("/{code}", response_model=DossierOut, summary="One dossier")
async def get_dossier(
    request: Request, views: Viewing, code: Code, connection: Reading, reference: CurrentReference, reading: AsReader
) -> Response:
    """The dossier as it is now, with what this caller may do with it.

    Who sees the applicant is recorded in the dossier's access log before the answer is sent.
    """
    dossier = await _readable(connection, code, reading)
    content = _shown(reference, dossier, reading, whole=True)
    answer = conditional_json(request, content, dossier.state.version, private=True)
    return views.of_people(answer, dossier.id, "dossier") if reading.sees_people(dossier) else answer


@router.get("/{code}/journal", response_model=Page[EntryOut], summary="Its journal")
async def list_journal_entries(
    request: Request,
    views: Viewing,
    code: Code,
    connection: Reading,
    reference: CurrentReference,
    reading: AsReader,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """All that happened to it, oldest first; corrected entries stay and name what supersedes them.

    Who sees what people wrote is recorded in the dossier's access log before the answer is sent.
    """
    dossier = await _readable(connection, code, reading)
    after = 0
    if cursor:
        (after,) = decode_cursor(cursor, int)
    entries = await queries.journal(connection, dossier.id, after=after or 0, most=limit + 1)
    more, entries = len(entries) > limit, entries[:limit]
    superseded = await queries.superseded(connection, dossier.id)
    people = reading.sees_people(dossier)
    items = [entry_out(reference, one, superseded.get(one.entry.sequence), people=people) for one in entries]
    page = Page[EntryOut](items=items, next_cursor=encode_cursor((entries[-1].entry.sequence,)) if more else None)
    answer = conditional_json(request, page, dossier.state.version, private=True)
    return views.of_people(answer, dossier.id, "journal") if people else answer


@router.patch("/{code}", response_model=DossierOut, summary="Mend particulars")
async def change_particulars(request: Request, code: Code, body: ParticularsIn, caller: AnyCaller) -> Response:
    """A merge-patch of applicant, summary, return method and documents; status and dates stay."""
    async with _unit_of_work(request, caller) as work:
        dossier = await _held(request, work, code)
        return await _answer(request, work, await mend_particulars(work, dossier, body))


async def _held(request: Request, work: UnitOfWork, code: str) -> Dossier:
    """The dossier, its row locked, readable for the caller and of the version that the caller expects."""
    dossier = await queries.find(work.connection, code, lock=True)
    require_readable(dossier, work.scope)
    require_kept(dossier)
    require_version(request, dossier.state.version)
    return dossier


def _endpoint(action: Action, model: type[ActIn]) -> Callable[..., Awaitable[Response]]:
    receipt = action is Action.RECEIVE

    async def act(request: Request, code: Code, body: model, caller: AnyCaller) -> Response:  # type: ignore[valid-type]
        if receipt:
            services = DossierServices.of(request.app)
            await services.rating_keys.ready(services.database)
        async with _unit_of_work(request, caller) as work:
            dossier = await _held(request, work, code)
            return await _answer(request, work, await service.act_on(work, dossier, action, body), receipt=receipt)

    act.__name__ = endpoint_name(action)
    return act


for _action, _summary in SUMMARIES.items():
    router.post(
        f"/{{code}}/{_action.value}",
        response_model=ReceiptOut if _action is Action.RECEIVE else DossierOut,
        summary=_summary,
        description=DESCRIPTIONS[_action],
    )(_endpoint(_action, BODIES[_action]))


@router.post("/{code}/correct", response_model=DossierOut, summary="Ask for a correction of the journal")
async def request_correction(request: Request, code: Code, body: CorrectIn, caller: AnyCaller) -> Response:
    """By a supervisor: asks for other fields of one entry. Nothing changes, and nothing waits for it, until another
    client approves it; it is refused at once where the corrected journal would not be lawful."""
    async with _unit_of_work(request, caller) as work:
        dossier = await _held(request, work, code)
        return await _answer(request, work, await correct(work, dossier, body))


@router.post("/{code}/approve-correction", response_model=DossierOut, summary="Approve a correction: it takes effect")
async def approve_correction(request: Request, code: Code, body: ApproveCorrectionIn, caller: AnyCaller) -> Response:
    """By a supervisor whose token's client is another than the one that asked. All deadlines after the entry are
    computed anew from the journal as it stands now, and the old entry stays. Where that is not lawful any more it is
    409 `journal_not_lawful`, and the correction stays pending."""
    async with _unit_of_work(request, caller) as work:
        dossier = await _held(request, work, code)
        return await _answer(request, work, await approve(work, dossier, body))


@router.post("/{code}/reject-correction", response_model=DossierOut, summary="Reject or withdraw a correction")
async def reject_correction(request: Request, code: Code, body: RejectCorrectionIn, caller: AnyCaller) -> Response:
    """By any supervisor of the dossier, with a reason; whoever asked for the correction so takes it back."""
    async with _unit_of_work(request, caller) as work:
        dossier = await _held(request, work, code)
        return await _answer(request, work, await reject(work, dossier, body))
