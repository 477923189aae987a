"""Builds the messages with reminders: urgent ones at once, the others in a list in the morning."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update

from app.catalogue.cache import ReferenceCache
from app.database import Connection, Instant, LocalDate, Prepared, Row
from app.database.tables import contacts, dossiers, reminders
from app.domain.calendar import CalendarMissing
from app.domain.errors import NotFound
from app.domain.localtime import local_date
from app.domain.occasions import EARLIEST, URGENT, Occasion, occasions
from app.dossiers.rows import state_of
from app.notifications.outbox.letters import Letter
from app.notifications.outbox.messages import Deferral, Message, NoRecipient, OutboxMessage
from app.notifications.reminders import many_views
from app.notifications.reminders.contacts import Contact, find_contact
from app.notifications.reminders.office_hours import is_open, opens_next
from app.notifications.reminders.recipients import Roster
from app.notifications.reminders.successions import KIND, succession_letter
from app.notifications.reminders.texts import Line, body, subject

# Reminders read by one statement.
_AT_ONCE = 500
# Most lines of a letter.
MOST_LINES = 500
# Time until the next round has ended the reminders that are over.
_NEXT_ROUND = timedelta(minutes=6)

_UNSENT = Prepared(
    select(reminders.c.id, reminders.c.kind, reminders.c.escalated, reminders.c.snoozed_until)
    .where(
        reminders.c.contact_id == bindparam("contact"),
        reminders.c.ended_at.is_(None),
        reminders.c.told_at.is_(None),
        reminders.c.acknowledged_at.is_(None),
        or_(reminders.c.snoozed_until.is_(None), reminders.c.snoozed_until <= bindparam("now", type_=Instant())),
    )
    .order_by(reminders.c.id)
)
_MARK_LISTED = Prepared(
    update(contacts)
    .where(contacts.c.id == bindparam("contact"))
    .values(digest_date=bindparam("today", type_=LocalDate()))
)


_MARK_SENT = Prepared(
    update(reminders).where(reminders.c.id == bindparam("reminder")).values(told_at=bindparam("now", type_=Instant()))
)
_ORDER = list(Occasion)


async def next_message(connection: Connection, contact: Contact, now: datetime) -> OutboxMessage | None:
    """The next message to the contact, None without reminders to send. Marks its reminders as sent."""
    rows = await connection.all(_UNSENT, contact=contact.id, now=now)
    today = local_date(now)
    if contact.digest_date != today:
        await connection.run(_MARK_LISTED, contact=contact.id, today=today)
    else:
        # Snoozed reminders are sent at their time, not with the list.
        rows = [row for row in rows if row.escalated or row.snoozed_until is not None or row.kind in URGENT]
    if not rows:
        return None
    ids = [row.id for row in sorted(rows, key=lambda row: (_ORDER.index(row.kind), row.id))]
    await connection.run_many(_MARK_SENT, [{"reminder": key, "now": now} for key in ids])
    return OutboxMessage(
        occasion=f"reminders:{contact.id}:{ids[0]}:{int(now.timestamp())}",
        channel=contact.channel,
        kind="reminders",
        recipient=f"contact:{contact.id}",
        unit_id=contact.unit_id,
        data={"reminders": ids},
        next_at=now,
    )


class ContactLetters:
    """The composer of letters to contacts: reminders that are still due at sending, in office hours only."""

    def __init__(self, reference: ReferenceCache) -> None:
        self._reference = reference

    async def __call__(self, connection: Connection, message: Message, now: datetime) -> Letter:
        """The letter. Raises NoRecipient without reminders that are still due, and Deferral outside the office hours.

        Deferral also if a reminder is over and the next round has not ended it yet. It would count as sent otherwise,
        and would not be sent again when its condition returns.
        """
        try:
            contact = await find_contact(connection, int(message.recipient.partition(":")[2]))
        except NotFound:
            raise NoRecipient from None
        reference = await self._reference.current(connection)
        if message.kind == KIND:
            return await succession_letter(connection, reference, contact, message.data["unit"], now)
        if message.kind == many_views.KIND:
            return await many_views.many_views_letter(connection, reference, contact, message.data)
        roster = Roster(reference, [contact], now)
        if not is_open(roster.moment(contact)):
            with suppress(CalendarMissing):
                raise Deferral(opens_next(roster.moment(contact)))
            # The first round in a new year provides its calendar.
            raise Deferral(now + timedelta(hours=1))
        lines, more = await _lines(connection, message, roster, contact)
        text = body(reference.units[contact.unit_id].full_name, lines, more)
        return Letter(contact.address, subject(lines), text, subject(lines))


async def _lines(connection: Connection, message: Message, roster: Roster, contact: Contact) -> tuple[list[Line], int]:
    """The lines of reminders that are still due, and the number of further ones. Raises as ContactLetters."""
    rows = await _reminders_of(connection, message)
    head = rows[:MOST_LINES]
    shown = await _dossiers(connection, {row.dossier_id for row in head})
    due = [row for row in head if _is_due(roster, contact, row, shown[row.dossier_id])]
    # An escalated reminder ends with that of the unit, which may be outside its office hours: it is only left out.
    due_ids = {row.id for row in due}
    if any(row.id not in due_ids and not row.escalated for row in head):
        raise Deferral(roster.now + _NEXT_ROUND)
    if not due:
        raise NoRecipient
    lines = [Line(Occasion(row.kind), shown[row.dossier_id].code, row.occasion, row.escalated) for row in due]
    return lines, len(rows) - len(head)


async def _reminders_of(connection: Connection, message: Message) -> list[Row]:
    """The reminders last sent with this message that are neither ended nor acknowledged, in its order."""
    rows: list[Row] = []
    ids = message.data["reminders"]
    for start in range(0, len(ids), _AT_ONCE):
        statement = select(reminders).where(reminders.c.id.in_(ids[start : start + _AT_ONCE]))
        rows += await connection.all(
            statement.where(
                reminders.c.told_at == message.created_at,
                reminders.c.ended_at.is_(None),
                reminders.c.acknowledged_at.is_(None),
            )
        )
    position = {reminder: number for number, reminder in enumerate(ids)}
    return sorted(rows, key=lambda row: position[row.id])


async def _dossiers(connection: Connection, ids: Collection[int]) -> dict[int, Row]:
    return {row.id: row for row in await connection.all(select(dossiers).where(dossiers.c.id.in_(sorted(ids))))}


def _is_due(roster: Roster, contact: Contact, row: Row, dossier: Row) -> bool:
    """Whether the reminder is still due by the current state. A threshold that was reached once stays reached."""
    due = occasions(state_of(dossier), roster.moment(contact), EARLIEST)
    same = [item for item in due if (str(item.occasion), item.key) == (row.kind, row.occasion)]
    return any(row.escalated or roster.concerns(contact, item, dossier.officer) for item in same)
