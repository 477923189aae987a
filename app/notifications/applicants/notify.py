"""Stores the notices to applicants about events, with their channels."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from app.catalogue.cache import Reference
from app.database import Connection, Row
from app.database.tables import applicants, dossiers
from app.notifications.applicants.kinds import announces_every_change, kind_of
from app.notifications.outbox.events import Event
from app.notifications.outbox.letters import email_of, phone_of
from app.notifications.outbox.messages import OutboxMessage, put


async def notify_applicants(
    connection: Connection,
    reference: Reference,
    channels: frozenset[str],
    events: Sequence[Event],
    now: datetime,
) -> None:
    """Stores notices to applicants with an address for one of the `channels`."""
    notices = [(event, kind) for event in events if (kind := kind_of(event)) is not None] if channels else []
    if not notices:
        return
    addresses = await _addresses(connection, {event.dossier_id for event, _kind in notices})
    messages = []
    for event, kind in notices:
        row = addresses.get(event.dossier_id)
        channel = None if row is None else _channel(row, channels)
        if row is not None and channel is not None:
            messages.append(_message(reference, event, kind, row, channel, now))
    await put(connection, messages, now)


async def _addresses(connection: Connection, ids: set[int]) -> Mapping[int, Row]:
    statement = (
        select(dossiers.c.id, dossiers.c.return_method, applicants.c.email, applicants.c.phone)
        .join(
            applicants,
            (applicants.c.dossier_id == dossiers.c.id) & (applicants.c.number == dossiers.c.applicant_number),
        )
        .where(dossiers.c.id.in_(sorted(ids)))
    )
    return {row.id: row for row in await connection.all(statement)}


def _channel(row: Row, channels: frozenset[str]) -> str | None:
    if "email" in channels and email_of(row.email):
        return "email"
    return "gateway" if "gateway" in channels and phone_of(row.phone) else None


# The unit that a notice names, if it is not the counter.
_BY_RESPONSIBLE = frozenset({"late", "suspended", "resumed", "discontinued", "redated"})
_BY_HOLDER = frozenset({"forwarded", "taken"})


def _message(reference: Reference, event: Event, kind: str, row: Row, channel: str, now: datetime) -> OutboxMessage:
    state = event.state
    unit = state.counter_unit
    if kind in _BY_RESPONSIBLE:
        unit = state.responsible_unit
    elif kind in _BY_HOLDER:
        unit = state.holder_unit
    return OutboxMessage(
        occasion=f"notice:{event.dossier_id}:{event.entry.sequence}",
        channel=channel,
        kind=kind,
        recipient="applicant",
        stream=f"applicant:{event.dossier_id}",
        dossier_id=event.dossier_id,
        sequence=event.entry.sequence,
        unit_id=state.counter_unit,
        data={
            "code": event.code,
            "unit": reference.units[unit].full_name,
            "due_date": state.due_date.isoformat() if state.due_date else None,
            "promised_date": state.promised_date.isoformat() if state.promised_date else None,
            "at_counter": row.return_method == "counter",
            "at": event.entry.occurred_at.isoformat(),
            "redated": "deadline" in event.entry.data and kind != "received",
            # The letter names the officer of this entry.
            "entry": event.entry.sequence if announces_every_change(event) else 0,
            "answer_by": event.entry.data.get("answer_by"),
        },
        next_at=now,
    )
