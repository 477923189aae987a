"""Tells each contact what it is reminded of: what is urgent at once, the rest in one list in the morning."""

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
from app.notifications.reminders.contacts import Contact, find_contact
from app.notifications.reminders.office_hours import is_open, opens_next
from app.notifications.reminders.recipients import Roster
from app.notifications.reminders.texts import Line, body, subject

# Reminders of which one statement is told.
_AT_ONCE = 500
# Lines of one letter: more than anybody reads.
MOST_LINES = 500
# The next look of some worker has settled what is over by then.
_DOUBT = timedelta(minutes=6)

_UNTOLD = Prepared(
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
_LISTED = Prepared(
    update(contacts)
    .where(contacts.c.id == bindparam("contact"))
    .values(digest_date=bindparam("today", type_=LocalDate()))
)


_TELL = Prepared(
    update(reminders).where(reminders.c.id == bindparam("reminder")).values(told_at=bindparam("now", type_=Instant()))
)
_ORDER = list(Occasion)


async def tell(connection: Connection, contact: Contact, now: datetime) -> OutboxMessage | None:
    """The message that the contact is to have now, None where there is nothing to tell; written down as told."""
    rows = await connection.all(_UNTOLD, contact=contact.id, now=now)
    today = local_date(now)
    if contact.digest_date != today:
        await connection.run(_LISTED, contact=contact.id, today=today)
    else:
        # What was put off is told when it was said.
        rows = [row for row in rows if row.escalated or row.snoozed_until is not None or row.kind in URGENT]
    if not rows:
        return None
    ids = [row.id for row in sorted(rows, key=lambda row: (_ORDER.index(row.kind), row.id))]
    await connection.run_many(_TELL, [{"reminder": key, "now": now} for key in ids])
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
    """The composer of letters to contacts: of what still is so when they are sent, and in office hours only."""

    def __init__(self, reference: ReferenceCache) -> None:
        self._reference = reference

    async def __call__(self, connection: Connection, message: Message, now: datetime) -> Letter:
        """The letter. Raises NoRecipient where nothing of it is to be told any more, Deferral outside the office hours.

        Deferral also where something of it is over and the next look has not written that down yet: else it would count
        as told where it is so again.
        """
        try:
            contact = await find_contact(connection, int(message.recipient.partition(":")[2]))
        except NotFound:
            raise NoRecipient from None
        reference = await self._reference.current(connection)
        roster = Roster(reference, [contact], now)
        if not is_open(roster.moment(contact)):
            with suppress(CalendarMissing):
                raise Deferral(opens_next(roster.moment(contact)))
            # Whoever looks first in a new year provides its calendar.
            raise Deferral(now + timedelta(hours=1))
        lines, more = await _lines(connection, message, roster, contact)
        text = body(reference.units[contact.unit_id].full_name, lines, more)
        return Letter(contact.address, subject(lines), text, subject(lines))


async def _lines(connection: Connection, message: Message, roster: Roster, contact: Contact) -> tuple[list[Line], int]:
    """What of the message still is so, and how many more there are. Raises as ContactLetters."""
    rows = await _told_with(connection, message)
    head = rows[:MOST_LINES]
    shown = await _dossiers(connection, {row.dossier_id for row in head})
    so = [row for row in head if _is_so(roster, contact, row, shown[row.dossier_id])]
    # Of what was escalated the unit's own reminder decides, whose people may be at home: it is left out.
    known = {row.id for row in so}
    if any(row.id not in known and not row.escalated for row in head):
        raise Deferral(roster.now + _DOUBT)
    if not so:
        raise NoRecipient
    lines = [Line(Occasion(row.kind), shown[row.dossier_id].code, row.occasion, row.escalated) for row in so]
    return lines, len(rows) - len(head)


async def _told_with(connection: Connection, message: Message) -> list[Row]:
    """Those of a message's reminders that were told last with it, and are neither over nor acknowledged."""
    rows: list[Row] = []
    ids = message.data["reminders"]
    for start in range(0, len(ids), _AT_ONCE):
        of_these = select(reminders).where(reminders.c.id.in_(ids[start : start + _AT_ONCE]))
        rows += await connection.all(
            of_these.where(
                reminders.c.told_at == message.created_at,
                reminders.c.ended_at.is_(None),
                reminders.c.acknowledged_at.is_(None),
            )
        )
    place = {one: number for number, one in enumerate(ids)}
    return sorted(rows, key=lambda row: place[row.id])


async def _dossiers(connection: Connection, ids: Collection[int]) -> dict[int, Row]:
    return {row.id: row for row in await connection.all(select(dossiers).where(dossiers.c.id.in_(sorted(ids))))}


def _is_so(roster: Roster, contact: Contact, row: Row, dossier: Row) -> bool:
    """Whether the occasion still is one by what the dossier is now; thresholds that were reached once stay so."""
    found = occasions(state_of(dossier), roster.moment(contact), EARLIEST)
    same = [item for item in found if (str(item.occasion), item.key) == (row.kind, row.occasion)]
    return any(row.escalated or roster.concerns(contact, item, dossier.officer) for item in same)
