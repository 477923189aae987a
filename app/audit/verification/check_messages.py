"""Checks messages and reminders: each must name an entry, a receiver and a dossier that exist (rules §14, §16)."""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Table, Text, bindparam, select, type_coerce

from app.access.client_names import person_client
from app.audit.verification.difference import Difference, foreign_row
from app.database import Connection, Prepared, Row
from app.database.readable import readable
from app.database.tables import contacts, dossiers, entries, outbox, outbox_events, persons, reminders, webhooks
from app.domain.occasions import Occasion

# Largest number of differences to list for each table.
_MOST = 100
# Most difference between the clocks of two workers.
_CLOCKS = timedelta(minutes=5)
# Kinds of messages about no dossier.
_WITHOUT_DOSSIER = frozenset({"reminders", "seal", "succession", "views", "sign_in_link", "account_reset"})
# Computed from the calendar, so no entry has these instants.
_COMPUTED = frozenset({Occasion.HAND_ON_LATE, Occasion.ASKING_LATE})
_INSTANT = re.compile(r'"(\d{4}-\d\d-\d\dT[^"]{5,20})"')

_IN_RANGE = outbox.c.id.between(bindparam("first"), bindparam("last"))
_OF_ENTRY = (entries.c.dossier_id == outbox.c.dossier_id) & (entries.c.sequence == outbox.c.sequence)
_MESSAGES = Prepared(
    select(outbox, entries.c.type, entries.c.recorded_at, dossiers.c.code)
    .select_from(outbox.outerjoin(entries, _OF_ENTRY).outerjoin(dossiers, dossiers.c.id == outbox.c.dossier_id))
    .where(_IN_RANGE)
    .order_by(outbox.c.id)
)
_WEBHOOKS, _CONTACTS = Prepared(select(webhooks.c.id)), Prepared(select(contacts.c.id))
_PEOPLE = Prepared(select(persons.c.id))
_OF_MESSAGE = Prepared(
    select(reminders.c.id, reminders.c.contact_id).where(reminders.c.id.in_(bindparam("ids", expanding=True)))
)
_EVENTS = Prepared(
    select(outbox_events.c.id)
    .select_from(
        outbox_events.outerjoin(
            entries,
            (entries.c.dossier_id == outbox_events.c.dossier_id) & (entries.c.sequence == outbox_events.c.sequence),
        )
    )
    .where(entries.c.id.is_(None))
    .order_by(outbox_events.c.id)
    .limit(_MOST)
)
_REMINDERS = Prepared(
    select(reminders, dossiers.c.due_date, dossiers.c.original_due_date, dossiers.c.promised_date)
    .select_from(reminders.outerjoin(dossiers, dossiers.c.id == reminders.c.dossier_id))
    .where(reminders.c.id.between(bindparam("first"), bindparam("last")))
    .order_by(reminders.c.id)
)
_JOURNALS = Prepared(
    select(
        entries.c.dossier_id,
        entries.c.occurred_at,
        entries.c.recorded_at,
        type_coerce(entries.c.data, Text()).label("data"),
    ).where(entries.c.dossier_id.in_(bindparam("dossiers", expanding=True)))
)


async def message_differences(connection: Connection) -> list[Difference]:
    """Messages and events of the outbox whose entry, receiver or dossier does not exist, or differs."""
    receivers = {str(row.id) for row in await connection.all(_WEBHOOKS)}
    receivers |= {f"contact:{row.id}" for row in await connection.all(_CONTACTS)} | {"applicant"}
    receivers |= {person_client(row.id) for row in await connection.all(_PEOPLE)}

    async def read(first: int, last: int) -> Sequence[Difference]:
        rows = await connection.all(_MESSAGES, first=first, last=last)
        own = [item for row in rows for item in _message_differences(row, receivers)]
        return [*own, *await _reminded_differences(connection, rows)]

    differences = await _in_pages(connection, outbox, read)
    events = await connection.all(_EVENTS)
    return [*differences, *(Difference(f"outbox_events {row.id}", None, "entry", "a row", None) for row in events)]


def _message_differences(row: Row, receivers: set[str]) -> Iterator[Difference]:
    name = f"outbox {row.id}"
    # The addresses for seals are in the settings of the service.
    if row.recipient not in receivers and not (row.kind == "seal" and row.recipient.startswith("seals:")):
        yield Difference(name, None, "recipient", "a receiver of this register", row.recipient)
    if (row.dossier_id is None) != (row.kind in _WITHOUT_DOSSIER):
        yield Difference(name, None, "dossier_id", "a dossier, except in a message about none", row.dossier_id)
    if row.dossier_id is None:
        return
    if row.type is None:
        yield Difference(name, None, "entry", "a row", None)
        return
    if row.channel == "webhook" and row.kind != f"dossier.{row.type}":
        yield Difference(name, None, "kind", f"dossier.{row.type}", row.kind)
    stream = f"{row.recipient}:{row.dossier_id}"
    if row.stream not in (None, stream):
        yield Difference(name, None, "stream", stream, row.stream)
    place = f":{row.dossier_id}:{row.sequence}"
    if place not in row.occasion:
        yield Difference(name, None, "occasion", place, row.occasion)
    code = row.data["data"]["dossier"] if row.channel == "webhook" else row.data["code"]
    if code != row.code:
        yield Difference(name, None, "data.code", row.code, code)
    if row.created_at < row.recorded_at - _CLOCKS:
        yield Difference(name, None, "created_at", f"after its entry, at {row.recorded_at}", row.created_at)


async def _reminded_differences(connection: Connection, rows: Sequence[Row]) -> list[Difference]:
    """Lists of reminders that do not exist, or are those of another contact."""
    differences: list[Difference] = []
    for row in rows:
        if row.kind != "reminders":
            continue
        ids = row.data["reminders"]
        stored = {item.id: item.contact_id for item in await connection.all(_OF_MESSAGE, ids=ids)} if ids else {}
        others = [key for key in ids if f"contact:{stored.get(key)}" != row.recipient]
        if others or not ids:
            differences.append(Difference(f"outbox {row.id}", None, "reminders", f"those of {row.recipient}", others))
    return differences


# --- Reminders --------------------------------------------------------------------------------------------------------


async def reminder_differences(connection: Connection) -> list[Difference]:
    """Reminders without a date or an instant of their dossier that explains them."""

    async def read(first: int, last: int) -> Sequence[Difference]:
        rows = await connection.all(_REMINDERS, first=first, last=last)
        ids = sorted({row.dossier_id for row in rows})
        journals: dict[int, list[Row]] = {}
        for entry in await connection.all(_JOURNALS, dossiers=ids):
            journals.setdefault(entry.dossier_id, []).append(entry)
        return [item for row in rows for item in _reminder_differences(row, journals.get(row.dossier_id, []))]

    return await _in_pages(connection, reminders, read)


async def _in_pages(
    connection: Connection, table: Table, read: Callable[[int, int], Awaitable[Sequence[Difference]]]
) -> list[Difference]:
    """The differences of the table's rows and its foreign rows, page by page until they are many."""
    differences: list[Difference] = []
    async for page, foreign in readable(connection, table.c.id, read):
        differences += [*page, *(foreign_row(table.name, row) for row in foreign)]
        if len(differences) >= _MOST:
            break
    return differences


def _reminder_differences(row: Row, journal: Sequence[Row]) -> Iterator[Difference]:
    name = f"reminders {row.id}"
    if row.kind not in set(Occasion):
        yield Difference(name, None, "kind", "an occasion", row.kind)
        return
    if not journal or row.raised_at < min(entry.recorded_at for entry in journal) - _CLOCKS:
        yield Difference(name, None, "raised_at", "after the first entry of its dossier", row.raised_at)
    elif row.kind not in _COMPUTED and not _explained(row, journal):
        yield Difference(name, None, "occasion", "a date or an instant in the journal", row.occasion)


def _explained(row: Row, journal: Sequence[Row]) -> bool:
    """Whether an entry, or the row of the dossier, has the date or the instant of the reminder."""
    if "T" not in row.occasion:
        dates = {str(day) for day in (row.due_date, row.original_due_date, row.promised_date)}
        return row.occasion in dates or any(f'"{row.occasion}"' in entry.data for entry in journal)
    at = datetime.fromisoformat(row.occasion)
    return any(entry.occurred_at == at or at in _instants(entry.data) for entry in journal)


def _instants(data: str) -> Iterator[datetime]:
    for text in _INSTANT.findall(data):
        at = datetime.fromisoformat(text)
        yield at if at.tzinfo else at.replace(tzinfo=UTC)
