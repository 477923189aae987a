"""Routes of dossiers: receive, list, search, read, act (contract, Dossiers)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.callers import Caller
from app.access.dependencies import AnyCaller, Reading, store_response
from app.access.persons import client_names_of
from app.catalogue.cache import Reference, ReferenceAged
from app.catalogue.dependencies import CurrentReference
from app.database import IntegrityFailed
from app.domain.errors import DomainError
from app.domain.lifecycle import Action, Role
from app.dossiers import corrections, late_acts, particulars, queries, service
from app.dossiers.answer_schemas import (
    ChangedOut,
    DefaultsOut,
    DossierOut,
    DossierPage,
    EntryOut,
    ReceiptOut,
    SimilarDossiersOut,
)
from app.dossiers.dependencies import AsReader, DossierServices, in_unit_of_work, unit_of_work
from app.dossiers.operations import OPERATIONS, endpoint_name
from app.dossiers.parameters import ListQuery, SearchIn, filters_of, opens_by_default
from app.dossiers.permissions import acting_scope, permissions_for, require_kept, require_readable
from app.dossiers.presenting import dossier_out, entry_out, recorded_out, similar_out
from app.dossiers.queries import Dossier
from app.dossiers.reader import Reader
from app.dossiers.schemas import ActIn, ApplicationIn, DossierIn, ParticularsIn
from app.dossiers.settling import settled
from app.dossiers.similar import Application, SimilarDossier, application_of, find_similar
from app.dossiers.unit_of_work import UnitOfWork
from app.dossiers.work_list import ListContext, hidden, work_list
from app.http.errors import Forbidden
from app.http.etags import conditional_json, require_version
from app.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/v1/dossiers", tags=["dossiers"])

Code = Annotated[str, Path(description="the dossier's code", max_length=200, examples=["000.31.15.H47-210816-0001"])]
Change = Callable[[UnitOfWork, Dossier], Awaitable[Dossier]]

# --- Receiving --------------------------------------------------------------------------------------------------------


@router.post("", status_code=201, response_model=ReceiptOut, summary="Receive or submit a dossier")
async def receive_dossier(request: Request, body: DossierIn, caller: AnyCaller) -> Response:
    """Receives a dossier, or only submits it with `"submit": true`; answers with its code and its due date."""
    services = DossierServices.of(request.app)
    await services.rating_keys.ready(services.database)
    answer = await _received_without_lock(request, body, caller)
    return await _received_with_lock(request, body, caller) if answer is None else answer


async def _received_without_lock(request: Request, body: DossierIn, caller: Caller) -> Response | None:
    """The fast way for the most frequent change; None if the slow way has to decide.

    It decides by the worker's copy of the reference data, and compares its revision when the code is issued. It does
    not look up the idempotency key first. If the copy has aged or anything is refused, the slow way starts from the
    beginning. Such a refusal may come from an old copy, or from the first answer under the same key.
    """
    reference = DossierServices.of(request.app).reference.peek()
    if reference is None:
        return None
    try:
        async with unit_of_work(request, caller, reference) as work:
            return await _receipt(request, work, body)
    except (ReferenceAged, DomainError, IntegrityFailed):
        return None


async def _received_with_lock(request: Request, body: DossierIn, caller: Caller) -> Response:
    """The slow way: first locks the reference data and looks up the idempotency key."""
    return await in_unit_of_work(request, caller, lambda work: _receipt(request, work, body))


async def _receipt(request: Request, work: UnitOfWork, body: DossierIn) -> Response:
    dossier, similar = await service.receive(work, body)
    return await _answer(request, work, dossier, 201, similar=similar, voidable=True)


async def _answer(
    request: Request,
    work: UnitOfWork,
    dossier: Dossier,
    status: int = 200,
    *,
    similar: Sequence[SimilarDossier] | None = None,
    voidable: bool = False,
    recorded: bool = True,
) -> Response:
    """The dossier after the change, stored under the idempotency key; a receipt has its rating key too.

    `similar`: the dossiers that a receipt may repeat, None for other changes. `voidable`: the change recorded an entry
    that its client may void at once. `recorded`: it recorded an entry.
    """
    shown = _shown(work.reference, dossier, Reader(work.caller, work.scope, work.now), voidable=voidable)
    content = ChangedOut(**vars(shown), recorded=recorded_out(dossier) if recorded else None)
    if similar is not None:
        key = DossierServices.of(request.app).rating_keys.of(dossier.code) if dossier.state.received_at else None
        others = similar_out(similar, work.scope, dossier.code)
        content = ReceiptOut(**vars(content), rating_key=key, similar=others)
    headers = {"Location": f"/api/v1/dossiers/{dossier.code}"} if status == 201 else None
    version = dossier.state.version
    answer = conditional_json(request, content, version, private=True, status=status, headers=headers)
    return await store_response(request, work.connection, answer)


def _shown(
    reference: Reference, dossier: Dossier, reader: Reader, *, whole: bool = False, voidable: bool = False
) -> DossierOut:
    scope = acting_scope(reader.caller, reference, reader.now, dossier)
    permissions = permissions_for(dossier.state, reader.caller, scope)
    if voidable:
        permissions = replace(permissions, recorded_last=True)
    return dossier_out(reference, dossier, reader, permissions, whole=whole)


# --- Reading ----------------------------------------------------------------------------------------------------------


@router.get("", response_model=DossierPage, summary="The work list")
async def list_dossiers(
    request: Request,
    query: Annotated[ListQuery, Query()],
    connection: Reading,
    reference: CurrentReference,
    reader: AsReader,
) -> Response:
    """Dossiers that fit all filters; a filter given twice means either value.

    Without `open`, and without a filter for dossiers that are not open, only open ones are listed: `defaults` says so.
    """
    return await _page(request, query, connection, reference, reader, query.limit, query.cursor)


@router.post("/search", response_model=DossierPage, summary="Search, by names and numbers too")
async def search_dossiers(
    request: Request,
    body: SearchIn,
    connection: Reading,
    reference: CurrentReference,
    reader: AsReader,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The same filters, in the body, where personal data are allowed; changes nothing.

    Without `open` it finds dossiers that are not open too, and without `sort` the latest receipt comes first.
    """
    return await _page(request, body, connection, reference, reader, body.limit or limit, body.cursor or cursor)


@router.post("/similar", response_model=SimilarDossiersOut, summary="Dossiers that a receipt would repeat")
async def similar_dossiers(
    body: ApplicationIn, connection: Reading, reference: CurrentReference, reader: AsReader
) -> SimilarDossiersOut:
    """Dossiers of this person and procedure that are open or of today; changes nothing.

    The person is the same by the identity number, or by name and telephone.
    """
    if reader.caller.role not in (Role.CLERK, Role.SUPERVISOR):
        raise Forbidden("role_may_not", f"A {reader.caller.role} receives no dossiers.")
    application = Application(reference.procedure(body.procedure).id, body.applicant.model_dump(), reader.now)
    similar = await find_similar(connection, application)
    return SimilarDossiersOut(items=similar_out(similar, reader.scope))


async def _page(
    request: Request,
    query: ListQuery | SearchIn,
    connection: Reading,
    reference: Reference,
    reader: Reader,
    limit: int,
    cursor: str | None,
) -> Response:
    filters = filters_of(query, reference, reader)
    settings = DossierServices.of(request.app).settings
    context = ListContext(reference, reader.now, reader.scope, settings.due_soon_days)
    dossiers, next_cursor = await work_list(connection, filters, context, limit, cursor)
    defaults = None
    if opens_by_default(query):
        # A count beside a long list would cost more than the list.
        short = cursor is None and next_cursor is None
        defaults = DefaultsOut(open=True, hidden=await hidden(connection, filters, context) if short else 0)
    page = DossierPage(
        items=[_shown(reference, dossier, reader) for dossier in dossiers],
        next_cursor=next_cursor,
        defaults=defaults,
    )
    version = max((dossier.state.version for dossier in dossiers), default=0)
    return conditional_json(request, page, version, private=True)


async def _readable(connection: Reading, code: str, reader: Reader) -> Dossier:
    dossier = await queries.find(connection, code)
    require_readable(dossier, reader.scope)
    return dossier


@router.get("/{code}", response_model=DossierOut, summary="One dossier")
async def get_dossier(
    request: Request, code: Code, connection: Reading, reference: CurrentReference, reader: AsReader
) -> Response:
    """The dossier as it is now, with the actions that this caller may do.

    A reader who sees the applicant is recorded in the dossier's access log before the answer is sent.
    """
    dossier = await _readable(connection, code, reader)
    undo = timedelta(minutes=DossierServices.of(request.app).settings.undo_minutes)
    content = _shown(reference, dossier, reader, whole=True, voidable=reader.recorded_last(dossier, undo))
    return conditional_json(request, content, dossier.state.version, private=True)


@router.get("/{code}/journal", response_model=Page[EntryOut], summary="Its journal")
async def list_journal_entries(
    request: Request,
    code: Code,
    connection: Reading,
    reference: CurrentReference,
    reader: AsReader,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """All entries, oldest first; a corrected entry stays and names the correction that supersedes it.

    A reader who sees words of people is recorded in the dossier's access log before the answer is sent.
    """
    dossier = await _readable(connection, code, reader)
    after = 0
    if cursor:
        (after,) = decode_cursor(cursor, int)
    entries = await queries.journal(connection, dossier.id, after=after or 0, most=limit + 1)
    more, entries = len(entries) > limit, entries[:limit]
    superseded = await queries.superseded(connection, dossier.id)
    people = reader.sees_people(dossier)
    names = await client_names_of(connection, {written.client for written in entries}) if people else {}
    items = [
        entry_out(reference, written, superseded.get(written.entry.sequence), people=people, names=names)
        for written in entries
    ]
    page = Page[EntryOut](items=items, next_cursor=encode_cursor((entries[-1].entry.sequence,)) if more else None)
    return conditional_json(request, page, dossier.state.version, private=True)


# --- Changing ---------------------------------------------------------------------------------------------------------


@router.patch("/{code}", response_model=ChangedOut, summary="Correct particulars")
async def change_particulars(request: Request, code: Code, body: ParticularsIn, caller: AnyCaller) -> Response:
    """A merge patch of applicant, summary, return method and documents; status and dates stay."""
    return await _changed(
        request, code, caller, lambda work, dossier: particulars.change_particulars(work, dossier, body)
    )


async def _changed(
    request: Request, code: str, caller: Caller, change: Change, *, receipt: bool = False, voidable: bool = False
) -> Response:
    """The answer to a change of one dossier: its row is locked, and it has the version that the client expects."""

    async def change_dossier(work: UnitOfWork) -> Response:
        before = await queries.find(work.connection, code, lock=True)
        require_readable(before, work.scope)
        require_kept(before)
        require_version(request, before.state.version)
        dossier = await settled(work.connection, work.reference, before)
        after = await change(work, dossier)
        similar = await find_similar(work.connection, application_of(after)) if receipt else None
        recorded = after.journal_hash != before.journal_hash
        return await _answer(request, work, after, similar=similar, voidable=voidable, recorded=recorded)

    return await in_unit_of_work(request, caller, change_dossier)


# Corrections change the journal itself, so they have services of their own.
_CORRECTIONS: Mapping[Action, Callable[[UnitOfWork, Dossier, Any], Awaitable[Dossier]]] = {
    Action.CORRECT: corrections.request,
    Action.APPROVE_CORRECTION: corrections.approve,
    Action.REJECT_CORRECTION: corrections.reject,
    Action.VOID: corrections.void,
}


def _endpoint(action: Action, model: type[ActIn]) -> Callable[..., Awaitable[Response]]:
    """The endpoint that records the action with a body of this model."""
    correction = _CORRECTIONS.get(action)

    async def rehearsable(
        request: Request,
        code: Code,
        body: model,  # type: ignore[valid-type]
        caller: AnyCaller,
        dry_run: Annotated[bool, Query(description="answer as if it took effect now, and change nothing")] = False,
    ) -> Response:
        change = corrections.rehearsed if dry_run else _CORRECTIONS[action]
        return await _changed(request, code, caller, lambda work, dossier: change(work, dossier, body))

    async def act(request: Request, code: Code, body: model, caller: AnyCaller) -> Response:  # type: ignore[valid-type]
        if correction is not None:
            return await _changed(request, code, caller, lambda work, dossier: correction(work, dossier, body))
        receipt = action is Action.RECEIVE
        if receipt:
            services = DossierServices.of(request.app)
            await services.rating_keys.ready(services.database)
        return await _changed(
            request,
            code,
            caller,
            lambda work, dossier: late_acts.act_on(work, dossier, action, body),
            receipt=receipt,
            voidable=True,
        )

    endpoint = rehearsable if action in (Action.CORRECT, Action.VOID) else act
    endpoint.__name__ = endpoint_name(action)
    return endpoint


for _action, _operation in OPERATIONS.items():
    router.post(
        f"/{{code}}/{_action.value}",
        response_model=ReceiptOut if _action is Action.RECEIVE else ChangedOut,
        summary=_operation.summary,
        description=_operation.description,
    )(_endpoint(_action, _operation.body))
