"""Tells each contact what it is reminded of: what is urgent at once, the rest in one list in the morning."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update

from app.catalogue.reference import ReferenceCache
from app.database import Connection, Instant, LocalDate, Prepared, Row
from app.domain.calendar import CalendarMissing
from app.domain.errors import NotFound
from app.domain.localtime import local_date
from app.domain.occasions import URGENT, Occasion
from app.outbox.letters import Letter
from app.outbox.messages import Message, NobodyLeft, NotNow, Wanted
from app.reminders.contacts import Contact, find_contact
from app.reminders.office import is_open, opens_next
from app.reminders.raising import present_at
from app.reminders.texts import Line, body, subject
from app.tables import contacts, dossiers, reminders

_UNTOLD = Prepared(
    select(reminders.c.id, reminders.c.kind, reminders.c.escalated)
    .where(
        reminders.c.contact_id == bindparam("contact"),
        reminders.c.ended_at.is_(None),
        reminders.c.told_at.is_(None),
        reminders.c.acknowledged_at.is_(None),
        or_(reminders.c.snoozed_until.is_(None), reminders.c.snoozed_until <= bindparam("now", type_=Instant())),
    )
    .order_by(reminders.c.id)
)
_LISTED = Prepared(
    update(contacts)
    .where(contacts.c.id == bindparam("contact"))
    .values(digest_date=bindparam("today", type_=LocalDate()))
)


async def tell(connection: Connection, contact: Contact, now: datetime) -> Wanted | None:
    """The message that the contact is to have now, None where there is nothing to tell; written down as told."""
    rows = await connection.all(_UNTOLD, contact=contact.id, now=now)
    today = local_date(now)
    if contact.digest_date != today:
        await connection.run(_LISTED, contact=contact.id, today=today)
    else:
        rows = [row for row in rows if row.escalated or row.kind in URGENT]
    if not rows:
        return None
    ids = [row.id for row in rows]
    await connection.run(update(reminders).where(reminders.c.id.in_(ids)).values(told_at=now))
    return Wanted(
        occasion=f"reminders:{contact.id}:{ids[0]}:{int(now.timestamp())}",
        channel=contact.channel,
        kind="reminders",
        recipient=f"contact:{contact.id}",
        unit_id=contact.unit_id,
        data={"reminders": ids},
        next_at=now,
    )


class ContactLetters:
    """The composer of letters to contacts: of what still is so when they are sent, and in office hours only."""

    def __init__(self, reference: ReferenceCache) -> None:
        self._reference = reference

    async def __call__(self, connection: Connection, message: Message, now: datetime) -> Letter:
        """The letter. Raises NobodyLeft where nothing of it is so any more, NotNow outside the office hours."""
        try:
            contact = await find_contact(connection, int(message.recipient.partition(":")[2]))
        except NotFound:
            raise NobodyLeft from None
        reference = await self._reference.current(connection)
        at = present_at(reference, contact, now)
        if not is_open(at):
            with suppress(CalendarMissing):
                raise NotNow(opens_next(at))
            raise NobodyLeft
        lines = [
            Line(Occasion(row.kind), row.code, row.occasion, row.escalated)
            for row in await _still(connection, message.data["reminders"])
        ]
        if not lines:
            raise NobodyLeft
        text = body(reference.units[contact.unit_id].full_name, lines)
        return Letter(contact.address, subject(lines), text, subject(lines))


async def _still(connection: Connection, ids: Sequence[int]) -> list[Row]:
    """Those of the reminders that are not over, by what the dossiers are now."""
    under_way = or_(
        dossiers.c.open.is_(True),
        (dossiers.c.status == "finished") & (reminders.c.kind == Occasion.NOT_COLLECTED.value),
    )
    statement = (
        select(reminders.c.kind, reminders.c.occasion, reminders.c.escalated, dossiers.c.code)
        .join(dossiers, dossiers.c.id == reminders.c.dossier_id)
        .where(reminders.c.id.in_(list(ids)), reminders.c.ended_at.is_(None), under_way)
    )
    return await connection.all(statement)
