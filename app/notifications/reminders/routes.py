"""HTTP endpoints of reminders, contacts and thresholds."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from app.access.dependencies import Administrator, AnyCaller, Now, Reading, Writing, store_response
from app.catalogue.dependencies import CurrentReference
from app.catalogue.parameters import PageQuery
from app.database import Row
from app.domain.lifecycle import Role
from app.domain.localtime import local_date
from app.http.errors import Forbidden
from app.http.etags import conditional_json, require_version
from app.http.pagination import Page, decode_cursor, encode_cursor
from app.notifications.outbox.admin import Admin, AdminContext, AdminReading, admin_writing
from app.notifications.reminders import contacts, service, thresholds
from app.notifications.reminders.contacts import Contact
from app.notifications.reminders.schemas import (
    AcknowledgeIn,
    ContactIn,
    ContactOut,
    ContactPatch,
    ProcedureThresholds,
    ReminderOut,
    ReminderQuery,
    SnoozeIn,
    ThresholdsIn,
)

router = APIRouter(prefix="/api/v1", tags=["reminders"])

ContactId = Annotated[int, Path(ge=1, lt=2**31, description="the contact's id", examples=[5])]
ProcedureCode = Annotated[str, Path(max_length=40, description="national code", examples=["1.004837"])]
ReminderId = Annotated[int, Path(ge=1, lt=2**63, description="the reminder's id", examples=[77])]


def _contact_out(at: AdminContext, contact: Contact) -> ContactOut:
    return ContactOut(
        id=contact.id,
        unit=at.unit_out(contact.unit_id),
        role=contact.role,
        officer=contact.officer,
        channel=contact.channel,
        address=contact.address,
        thresholds=ThresholdsIn(**contact.thresholds),
        escalate_hours=contact.escalate_hours,
        created_at=contact.created_at,
        ended_at=contact.ended_at,
        version=contact.version,
    )


def _out(at: AdminContext, row: Row) -> ReminderOut:
    return ReminderOut(
        id=row.id,
        dossier=row.code,
        kind=row.kind,
        occasion=row.occasion,
        unit=at.unit_out(row.unit_id),
        officer=row.officer,
        contact=row.contact_id,
        escalated=row.escalated,
        raised_at=row.raised_at,
        told_at=row.told_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        snoozed_until=row.snoozed_until,
        snooze_reason=row.snooze_reason,
        ended_at=row.ended_at,
        version=row.version,
    )


def _answer(request: Request, content: BaseModel, version: int = 1, location: str | None = None) -> Response:
    headers = {"Location": location} if location else None
    status = 201 if location else 200
    return conditional_json(request, content, version, private=True, status=status, headers=headers)


@router.get("/contacts", response_model=Page[ContactOut], summary="List contacts")
async def list_contacts(request: Request, at: AdminReading, query: Annotated[PageQuery, Query()]) -> Response:
    """The contacts of units in the token's subtree, by id."""
    (after,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    listed = await contacts.list_contacts(at.connection, at.units, after or 0, query.limit + 1)
    more, listed = len(listed) > query.limit, listed[: query.limit]
    cursor = encode_cursor((listed[-1].id,)) if more else None
    return _answer(
        request, Page[ContactOut](items=[_contact_out(at, contact) for contact in listed], next_cursor=cursor)
    )


@router.post("/contacts", status_code=201, response_model=ContactOut, summary="Add a contact")
async def create_contact(request: Request, body: ContactIn, caller: Admin) -> Response:
    """From now on it gets reminders in its unit's office hours: urgent ones at once, the others in the morning."""
    async with admin_writing(request, caller) as at:
        made = await service.add_contact(at, body)
        shown = _answer(request, _contact_out(at, made), location=f"/api/v1/contacts/{made.id}")
        return await store_response(request, at.connection, shown)


@router.get("/contacts/{contact_id}", response_model=ContactOut, summary="Read a contact")
async def get_contact(request: Request, at: AdminReading, contact_id: ContactId) -> Response:
    """One contact."""
    contact = await service.shown_contact(at, contact_id)
    return _answer(request, _contact_out(at, contact), contact.version)


@router.patch("/contacts/{contact_id}", response_model=ContactOut, summary="Change a contact")
async def change_contact(request: Request, body: ContactPatch, caller: Admin, contact_id: ContactId) -> Response:
    """Changes the given members (merge-patch). Reminders that were sent before are not sent again."""
    async with admin_writing(request, caller) as at:
        changed = await service.change_contact(at, contact_id, body, partial(require_version, request))
        answer = _answer(request, _contact_out(at, changed), changed.version)
        return await store_response(request, at.connection, answer)


@router.delete("/contacts/{contact_id}", response_model=ContactOut, summary="Remove a contact")
async def remove_contact(request: Request, caller: Admin, contact_id: ContactId) -> Response:
    """Removes the contact. Its unsent reminders are not sent."""
    async with admin_writing(request, caller) as at:
        removed = await service.remove_contact(at, contact_id, partial(require_version, request))
        answer = _answer(request, _contact_out(at, removed), removed.version)
        return await store_response(request, at.connection, answer)


@router.get(
    "/procedures/{code}/thresholds", response_model=ProcedureThresholds, summary="Read a procedure's thresholds"
)
async def get_thresholds(request: Request, reference: CurrentReference, code: ProcedureCode) -> Response:
    """The thresholds that the procedure sets itself."""
    return conditional_json(request, thresholds.thresholds_of(reference, code), reference.revision, private=False)


@router.put("/procedures/{code}/thresholds", response_model=ProcedureThresholds, summary="Set a procedure's thresholds")
async def set_thresholds(
    request: Request,
    body: ProcedureThresholds,
    caller: Administrator,
    connection: Writing,
    now: Now,
    code: ProcedureCode,
) -> Response:
    """Sets thresholds that take precedence over those of contacts; an empty body removes all of them."""
    reference = await thresholds.set_thresholds(
        connection, code, body, caller.author, now, partial(require_version, request)
    )
    return conditional_json(request, thresholds.thresholds_of(reference, code), reference.revision, private=False)


@router.get("/reminders", response_model=Page[ReminderOut], summary="List reminders")
async def list_reminders(
    request: Request,
    caller: AnyCaller,
    connection: Reading,
    reference: CurrentReference,
    now: Now,
    query: Annotated[ReminderQuery, Query()],
) -> Response:
    """The reminders for units in the token's subtree, the newest first."""
    if caller.role is Role.REPORTER:
        raise Forbidden("role_may_not", "Reporters have no reminders.")
    at = AdminContext(connection, reference, caller, now)
    units = at.units
    named = reference.query_unit(query.unit, None, local_date(now))
    if named is not None:
        within = reference.subtree(named.id)
        units = within if units is None else units & within
    (before,) = decode_cursor(query.cursor, int) if query.cursor else (None,)
    rows = await service.list_reminders(connection, query, units, before, now)
    more, rows = len(rows) > query.limit, rows[: query.limit]
    cursor = encode_cursor((rows[-1].id,)) if more else None
    return _answer(request, Page[ReminderOut](items=[_out(at, row) for row in rows], next_cursor=cursor))


@router.post("/reminders/{reminder_id}/acknowledge", response_model=ReminderOut, summary="Acknowledge a reminder")
async def acknowledge_reminder(
    request: Request, body: AcknowledgeIn, caller: AnyCaller, reminder_id: ReminderId
) -> Response:
    """Acknowledges it for the unit: it is not sent again, and supervisors do not get it."""
    async with admin_writing(request, caller) as at:
        by = body.officer or caller.client
        row = await service.acknowledge(at, reminder_id, by, partial(require_version, request))
        return await store_response(request, at.connection, _answer(request, _out(at, row), row.version))


@router.post("/reminders/{reminder_id}/snooze", response_model=ReminderOut, summary="Snooze a reminder")
async def snooze_reminder(request: Request, body: SnoozeIn, caller: AnyCaller, reminder_id: ReminderId) -> Response:
    """Sends it again at the given instant, in office hours, if it is still due."""
    async with admin_writing(request, caller) as at:
        row = await service.snooze(at, reminder_id, body, partial(require_version, request))
        return await store_response(request, at.connection, _answer(request, _out(at, row), row.version))
