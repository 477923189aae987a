"""Contacts of units for reminders: queries, and their end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from app.database import Connection, Instant, Prepared, Row
from app.database.tables import contacts, reminders
from app.domain.errors import NotFound
from app.domain.occasions import Thresholds


@dataclass(frozen=True, slots=True)
class Contact:
    """An address of a unit; `officer`: only for the dossiers of this officer."""

    id: int
    unit_id: int
    role: str
    officer: str | None
    channel: str
    address: str
    thresholds: Mapping[str, Any]
    escalate_hours: int
    client: str
    created_at: datetime
    ended_at: datetime | None
    digest_date: date | None
    version: int

    @property
    def limits(self) -> Thresholds:
        """The thresholds of its reminders."""
        return Thresholds(**self.thresholds)


_OF_CONTACT = select(contacts).where(contacts.c.id == bindparam("contact"), contacts.c.ended_at.is_(None))
_ONE = Prepared(_OF_CONTACT)
_LOCKED = Prepared(_OF_CONTACT.with_for_update(key_share=True))
_ACTIVE = Prepared(select(contacts).where(contacts.c.ended_at.is_(None)).order_by(contacts.c.id))
_END = Prepared(
    update(contacts)
    .where(contacts.c.id == bindparam("contact"))
    .values(ended_at=bindparam("at", type_=Instant()), version=contacts.c.version + 1)
)
_END_REMINDERS = Prepared(
    update(reminders)
    .where(reminders.c.contact_id == bindparam("of_contact"), reminders.c.ended_at.is_(None))
    .values(ended_at=bindparam("at", type_=Instant()))
)


async def find_contact(connection: Connection, contact_id: int) -> Contact:
    """The contact with that id. Raises NotFound `unknown_contact`, also if it has ended."""
    return _existing(await connection.first(_ONE, contact=contact_id), contact_id)


async def lock_contact(connection: Connection, contact_id: int) -> Contact:
    """As `find_contact`, locked against changes until the transaction ends."""
    return _existing(await connection.first(_LOCKED, contact=contact_id), contact_id)


async def active_contacts(connection: Connection) -> list[Contact]:
    """All contacts that have not ended."""
    return [_contact(row) for row in await connection.all(_ACTIVE)]


async def list_contacts(connection: Connection, units: Collection[int] | None, after: int, most: int) -> list[Contact]:
    """Contacts that have not ended, by id, of these units (None: all)."""
    statement = select(contacts).where(contacts.c.ended_at.is_(None), contacts.c.id > after)
    if units is not None:
        statement = statement.where(contacts.c.unit_id.in_(sorted(units)))
    return [_contact(row) for row in await connection.all(statement.order_by(contacts.c.id).limit(most))]


async def end_contact(connection: Connection, contact_id: int, now: datetime) -> None:
    """Ends the contact and its reminders."""
    await connection.run(_END, contact=contact_id, at=now)
    await connection.run(_END_REMINDERS, of_contact=contact_id, at=now)


def _existing(row: Row | None, contact_id: int) -> Contact:
    if row is None:
        raise NotFound("unknown_contact", f"There is no contact with the id {contact_id}.")
    return _contact(row)


def _contact(row: Row) -> Contact:
    return Contact(**{name: getattr(row, name) for name in Contact.__slots__})
