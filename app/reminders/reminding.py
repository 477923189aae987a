"""One round of reminders: who is at work now, what gives them occasion, and what each of them is told."""

from collections.abc import Sequence
from datetime import datetime

from app.catalogue.reference import ReferenceCache
from app.database import Connection, Database
from app.outbox.happenings import alone
from app.outbox.messages import Wanted, put
from app.reminders.contacts import Contact, active_contacts
from app.reminders.office import is_open
from app.reminders.raising import Present, escalate, found_now, present_at, raise_reminders
from app.reminders.telling import tell


class _Undone(Exception):
    """What was only rehearsed is undone."""


async def remind(
    database: Database, cache: ReferenceCache, channels: frozenset[str], now: datetime, *, rehearse: bool = False
) -> list[tuple[Contact, Wanted]]:
    """Puts into the outbox what the contacts at work now are to be told, and answers with it; `rehearse` only answers.

    Contacts whose channel is not among `channels` are left alone. Nothing is done where another worker is at it.
    """
    async with database.reading() as connection:
        reference = await cache.current(connection)
        reachable = [one for one in await active_contacts(connection) if one.channel in channels]
        moments = {one.id: present_at(reference, one, now) for one in reachable}
        present = Present([one for one in reachable if is_open(moments[one.id])], moments, reference, now)
        if not present.contacts:
            return []
        found = await found_now(connection, present)
    told: list[tuple[Contact, Wanted]] = []
    try:
        async with database.writing() as connection:
            if not await alone(connection):
                return []
            await raise_reminders(connection, present, found)
            await escalate(connection, present)
            told = await _told(connection, present.contacts, now)
            if rehearse:
                raise _Undone
    except _Undone:
        pass
    return told


async def _told(connection: Connection, present: Sequence[Contact], now: datetime) -> list[tuple[Contact, Wanted]]:
    # As it stands now: another worker may have listed something since it was read.
    current = {one.id: one for one in await active_contacts(connection)}
    told = []
    for contact in present:
        message = await tell(connection, current[contact.id], now) if contact.id in current else None
        if message is not None:
            told.append((contact, message))
    await put(connection, [message for _, message in told], now)
    return told
