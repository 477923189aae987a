"""Adds, changes and removes contacts, and acknowledges and snoozes reminders."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update

from app.contact_data import email_of, texts_to
from app.database import Connection, Instant, Prepared, Row
from app.database.tables import contacts, dossiers, reminders
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.lifecycle import Role
from app.http.errors import Forbidden
from app.ledger.service import record
from app.notifications.outbox.admin import AdminContext
from app.notifications.reminders.contacts import Contact, end_contact, find_contact, lock_contact
from app.notifications.reminders.schemas import ContactIn, ContactPatch, ReminderQuery, SnoozeIn

_CHANGE = Prepared(
    update(contacts)
    .where(contacts.c.id == bindparam("contact"))
    .values(
        address=bindparam("to"),
        thresholds=bindparam("limits", type_=contacts.c.thresholds.type),
        escalate_hours=bindparam("hours"),
        version=contacts.c.version + 1,
    )
)
_ACKNOWLEDGE = Prepared(
    update(reminders)
    .where(reminders.c.id == bindparam("reminder"))
    .values(
        acknowledged_at=bindparam("at", type_=Instant()),
        acknowledged_by=bindparam("by"),
        version=reminders.c.version + 1,
    )
)
_SNOOZE = Prepared(
    update(reminders)
    .where(reminders.c.id == bindparam("reminder"))
    .values(
        snoozed_until=bindparam("until", type_=Instant()),
        snooze_reason=bindparam("reason"),
        told_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        version=reminders.c.version + 1,
    )
)


async def add_contact(at: AdminContext, body: ContactIn) -> Contact:
    """A new contact. Raises Invalid `contact_invalid` for an invalid address or officer."""
    address = _address(body.channel, body.address)
    if (body.officer is None) == (body.role == "officer"):
        raise Invalid(
            "contact_invalid", "A contact has an officer if its role is officer, and only then.", pointer="/officer"
        )
    unit_id = at.unit(body.unit)
    if unit_id is None:
        raise Invalid("contact_invalid", "Name the unit.", pointer="/unit")
    row = {
        "unit_id": unit_id,
        "role": body.role,
        "officer": body.officer,
        "channel": body.channel,
        "address": address,
        "thresholds": body.thresholds.model_dump(),
        "escalate_hours": body.escalate_hours,
        "client": at.caller.client,
        "created_at": at.now,
    }
    contact_id = await at.connection.insert(contacts, row)
    assert contact_id is not None  # the key is the database's to give
    await record(at.connection, {contacts: [contact_id]}, at.caller.author, at.now)
    return await find_contact(at.connection, contact_id)


async def change_contact(
    at: AdminContext, contact_id: int, body: ContactPatch, expect: Callable[[int], None]
) -> Contact:
    """The changed contact; `expect` refuses a version other than the client's.

    Raises as `shown_contact`, and Invalid `contact_invalid`.
    """
    contact = await _locked(at, contact_id, expect)
    changed = body.thresholds.model_dump(exclude_unset=True) if body.thresholds else {}
    await at.connection.run(
        _CHANGE,
        contact=contact_id,
        to=_address(contact.channel, body.address) if body.address is not None else contact.address,
        limits={**contact.thresholds, **changed},
        hours=body.escalate_hours or contact.escalate_hours,
    )
    await record(at.connection, {contacts: [contact_id]}, at.caller.author, at.now)
    return await find_contact(at.connection, contact_id)


def _address(channel: str, written: str) -> str:
    address = email_of(written) if channel == "email" else texts_to(written)
    if address is None:
        raise Invalid("contact_invalid", f"The address is not valid for {channel}.", pointer="/address")
    return address


async def shown_contact(at: AdminContext, contact_id: int) -> Contact:
    """The contact. Raises NotFound `unknown_contact` and Forbidden `unit_of_others`."""
    contact = await find_contact(at.connection, contact_id)
    at.require(contact.unit_id)
    return contact


async def remove_contact(at: AdminContext, contact_id: int, expect: Callable[[int], None]) -> Contact:
    """The removed contact; `expect` as in `change_contact`."""
    contact = await _locked(at, contact_id, expect)
    await end_contact(at.connection, contact_id, at.now)
    await record(at.connection, {contacts: [contact_id]}, at.caller.author, at.now)
    return replace(contact, ended_at=at.now, version=contact.version + 1)


async def _locked(at: AdminContext, contact_id: int, expect: Callable[[int], None]) -> Contact:
    contact = await lock_contact(at.connection, contact_id)
    at.require(contact.unit_id)
    expect(contact.version)
    return contact


def _select() -> Select[Any]:
    return (
        select(reminders, dossiers.c.code, contacts.c.officer)
        .join(dossiers, dossiers.c.id == reminders.c.dossier_id)
        .join(contacts, contacts.c.id == reminders.c.contact_id)
    )


async def list_reminders(
    connection: Connection, query: ReminderQuery, units: Collection[int] | None, before: int | None, now: datetime
) -> list[Row]:
    """Reminders for these units (None: all), the newest first; one more than the page size."""
    statement = _select().order_by(reminders.c.id.desc()).limit(query.limit + 1)
    snoozed = reminders.c.snoozed_until > now
    ended, acknowledged = reminders.c.ended_at.is_not(None), reminders.c.acknowledged_at.is_not(None)
    match query.state:
        case "ended":
            statement = statement.where(ended)
        case "acknowledged":
            statement = statement.where(~ended, acknowledged)
        case "snoozed":
            statement = statement.where(~ended, ~acknowledged, snoozed)
        case _:
            statement = statement.where(~ended, ~acknowledged, reminders.c.snoozed_until.is_(None) | ~snoozed)
    if units is not None:
        statement = statement.where(reminders.c.unit_id.in_(sorted(units)))
    if query.kind:
        statement = statement.where(reminders.c.kind.in_([item.value for item in query.kind]))
    if query.officer is not None:
        statement = statement.where(contacts.c.officer == query.officer)
    if before is not None:
        statement = statement.where(reminders.c.id < before)
    return await connection.all(statement)


async def acknowledge(at: AdminContext, reminder_id: int, by: str, expect: Callable[[int], None]) -> Row:
    """The acknowledged reminder. It is not sent again, and supervisors do not get it."""
    await _mine(at, reminder_id, expect)
    await at.connection.run(_ACKNOWLEDGE, reminder=reminder_id, at=at.now, by=by)
    return await _find(at.connection, reminder_id)


async def snooze(at: AdminContext, reminder_id: int, body: SnoozeIn, expect: Callable[[int], None]) -> Row:
    """The snoozed reminder, which is sent again later. Raises Invalid `until_invalid`."""
    if body.until <= at.now:
        raise Invalid("until_invalid", "A reminder can be snoozed until a later time only.", pointer="/until")
    await _mine(at, reminder_id, expect)
    await at.connection.run(_SNOOZE, reminder=reminder_id, until=body.until, reason=body.snooze_reason)
    return await _find(at.connection, reminder_id)


async def _mine(at: AdminContext, reminder_id: int, expect: Callable[[int], None]) -> None:
    row = await _find(at.connection, reminder_id)
    if at.caller.role is Role.REPORTER:
        raise Forbidden("role_may_not", "Reporters have no reminders.")
    at.require(row.unit_id)
    expect(row.version)
    if row.ended_at is not None:
        raise Conflict("reminder_over", f"The occasion of the reminder {reminder_id} is over.")


async def _find(connection: Connection, reminder_id: int) -> Row:
    row = await connection.first(_select().where(reminders.c.id == reminder_id))
    if row is None:
        raise NotFound("unknown_reminder", f"There is no reminder with the id {reminder_id}.")
    return row
