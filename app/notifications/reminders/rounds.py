"""One round of reminders: who is at work now, what gives them occasion, and what each of them is told."""

from collections.abc import Iterable
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
from app.notifications.reminders.detection import changes_now, write
from app.notifications.reminders.notify import tell
from app.notifications.reminders.recipients import Roster

# How often it is looked whom to remind, however many workers there are.
BETWEEN_ROUNDS = timedelta(minutes=5)

_BEGIN = Prepared(
    insert(reminder_rounds)
    .values(id=1, begun_at=bindparam("now", type_=Instant()))
    .on_conflict_do_update(
        index_elements=[reminder_rounds.c.id],
        set_={"begun_at": bindparam("now", type_=Instant())},
        # Of a clock that was put back the round lies ahead.
        where=or_(
            reminder_rounds.c.begun_at <= bindparam("before", type_=Instant()),
            reminder_rounds.c.begun_at > bindparam("now", type_=Instant()),
        ),
    )
)


class _Undone(Exception):
    """What was only rehearsed is undone."""


async def remind_in_turn(
    database: Database, cache: ReferenceCache, channels: frozenset[str], now: datetime
) -> list[tuple[Contact, OutboxMessage]]:
    """As `remind`, where no worker has begun a round within the last minutes."""
    roster = await _roster(database, cache, channels, now)
    if not roster.contacts:
        return []
    async with database.writing() as connection:
        if not await connection.run(_BEGIN, now=now, before=now - BETWEEN_ROUNDS):
            return []
    return await _remind(database, roster, rehearse=False)


async def remind(
    database: Database, cache: ReferenceCache, channels: frozenset[str], now: datetime, *, rehearse: bool = False
) -> list[tuple[Contact, OutboxMessage]]:
    """Puts into the outbox what the contacts at work now are to be told, and answers with it; `rehearse` only answers.

    Contacts whose channel is not among `channels` are left lock_events. Nothing is done where another worker is at it.
    """
    roster = await _roster(database, cache, channels, now)
    return await _remind(database, roster, rehearse=rehearse) if roster.contacts else []


async def _roster(database: Database, cache: ReferenceCache, channels: frozenset[str], now: datetime) -> Roster:
    async with database.reading() as connection:
        reachable = [
            active_contact for active_contact in await active_contacts(connection) if active_contact.channel in channels
        ]
        # After the contacts: of each the unit is known then.
        reference = await cache.current(connection)
    year = local_date(now).year
    if reachable and year not in reference.years:
        with suppress(Invalid):  # nobody knows the year: nobody is at work
            async with database.writing() as connection:
                await provide_years(connection, [year], now)
        async with database.reading() as connection:
            reference = await cache.current(connection)
    return Roster(reference, reachable, now)


async def _remind(database: Database, roster: Roster, *, rehearse: bool) -> list[tuple[Contact, OutboxMessage]]:
    changes = await changes_now(database, roster)
    told: list[tuple[Contact, OutboxMessage]] = []
    try:
        async with database.writing() as connection:
            if not await lock_events(connection):
                return []
            await write(connection, roster, changes)
            told = await _told(connection, roster.contacts.values(), roster.now)
            if rehearse:
                raise _Undone
    except _Undone:
        pass
    return told


async def _told(
    connection: Connection, present: Iterable[Contact], now: datetime
) -> list[tuple[Contact, OutboxMessage]]:
    # As it stands now: another worker may have listed something since it was read.
    current = {active_contact.id: active_contact for active_contact in await active_contacts(connection)}
    told = []
    for contact in present:
        message = await tell(connection, current[contact.id], now) if contact.id in current else None
        if message is not None:
            told.append((contact, message))
    await put(connection, [message for _, message in told], now)
    return told
