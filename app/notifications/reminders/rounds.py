"""Rounds of reminders: select contacts, detect due reminders, store messages."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.cache import ReferenceCache
from app.catalogue.provisional import provide_years
from app.database import Connection, Database, Instant, Prepared
from app.database.tables import reminder_rounds
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.notifications.outbox.events import lock_events
from app.notifications.outbox.messages import OutboxMessage, put
from app.notifications.reminders.contacts import Contact, active_contacts
from app.notifications.reminders.detection import detect, write
from app.notifications.reminders.notify import next_message
from app.notifications.reminders.recipients import Roster
from app.notifications.reminders.successions import succession_messages

# Time between rounds, for all workers together.
BETWEEN_ROUNDS = timedelta(minutes=5)

_BEGIN = Prepared(
    insert(reminder_rounds)
    .values(id=1, begun_at=bindparam("now", type_=Instant()))
    .on_conflict_do_update(
        index_elements=[reminder_rounds.c.id],
        set_={"begun_at": bindparam("now", type_=Instant())},
        # After a clock was set back, the stored time is in the future.
        where=or_(
            reminder_rounds.c.begun_at <= bindparam("before", type_=Instant()),
            reminder_rounds.c.begun_at > bindparam("now", type_=Instant()),
        ),
    )
)


class _DryRun(Exception):
    """Rolls back the transaction of a dry run."""


async def remind_in_turn(
    database: Database, cache: ReferenceCache, channels: frozenset[str], now: datetime
) -> list[tuple[Contact, OutboxMessage]]:
    """As `remind`, unless a worker started a round within the last minutes."""
    roster = await _roster(database, cache, channels, now)
    if not roster.contacts:
        return []
    async with database.writing() as connection:
        if not await connection.run(_BEGIN, now=now, before=now - BETWEEN_ROUNDS):
            return []
    return await _remind(database, roster, dry_run=False)


async def remind(
    database: Database, cache: ReferenceCache, channels: frozenset[str], now: datetime, *, dry_run: bool = False
) -> list[tuple[Contact, OutboxMessage]]:
    """Stores the messages to contacts in their office hours and returns them; a dry run stores nothing.

    Contacts of other channels than `channels` get none. Returns none while another worker is in a round.
    """
    roster = await _roster(database, cache, channels, now)
    return await _remind(database, roster, dry_run=dry_run) if roster.contacts else []


async def _roster(database: Database, cache: ReferenceCache, channels: frozenset[str], now: datetime) -> Roster:
    async with database.reading() as connection:
        reachable = [contact for contact in await active_contacts(connection) if contact.channel in channels]
        # Read after the contacts, so that it has their units.
        reference = await cache.current(connection)
    year = local_date(now).year
    if reachable and year not in reference.years:
        with suppress(Invalid):  # a year beyond the known holidays has no office hours
            async with database.writing() as connection:
                await provide_years(connection, [year], now)
        async with database.reading() as connection:
            reference = await cache.current(connection)
    return Roster(reference, reachable, now)


async def _remind(database: Database, roster: Roster, *, dry_run: bool) -> list[tuple[Contact, OutboxMessage]]:
    changes = await detect(database, roster)
    messages: list[tuple[Contact, OutboxMessage]] = []
    try:
        async with database.writing() as connection:
            if not await lock_events(connection):
                return []
            await write(connection, roster, changes)
            messages = await _messages(connection, roster)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return messages


async def _messages(connection: Connection, roster: Roster) -> list[tuple[Contact, OutboxMessage]]:
    # Read again: another worker may have sent the list of a contact by now.
    current = {contact.id: contact for contact in await active_contacts(connection)}
    present = [contact for contact in roster.contacts.values() if contact.id in current]
    messages = []
    for contact in present:
        message = await next_message(connection, current[contact.id], roster.now)
        if message is not None:
            messages.append((contact, message))
    waiting = await succession_messages(connection, roster.reference, present, roster.now)
    await put(connection, [message for _, message in (*messages, *waiting)], roster.now)
    return messages
