"""Settles which applicants are told of what happened, by which channel."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from app.catalogue.cache import Reference
from app.database import Connection, Row
from app.database.tables import applicants, dossiers
from app.domain.actions import Action
from app.notifications.outbox.events import Happening
from app.notifications.outbox.letters import email_of, phone_of
from app.notifications.outbox.messages import Wanted, put

# What applicants are told of. A correction, and what was imported, is told to nobody.
KINDS: Mapping[Action, str] = {
    Action.RECEIVE: "received",
    Action.REQUEST_SUPPLEMENT: "papers_needed",
    Action.FINISH: "ready",
    Action.RESCHEDULE: "late",
}


async def tell_applicants(
    connection: Connection,
    reference: Reference,
    channels: frozenset[str],
    found: Sequence[Happening],
    now: datetime,
) -> None:
    """Puts into the outbox what applicants are told who left an address that one of the `channels` can reach."""
    telling = [item for item in found if item.entry.type in KINDS] if channels else []
    if not telling:
        return
    known = await _known(connection, {event.dossier_id for event in telling})
    wanted = []
    for event in telling:
        row = known.get(event.dossier_id)
        channel = None if row is None else _channel(row, channels)
        if row is not None and channel is not None:
            wanted.append(_wanted(reference, event, row, channel, now))
    await put(connection, wanted, now)


async def _known(connection: Connection, ids: set[int]) -> Mapping[int, Row]:
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


def _wanted(reference: Reference, one: Happening, row: Row, channel: str, now: datetime) -> Wanted:
    state, kind = one.state, KINDS[one.entry.type]
    unit = state.responsible_unit if kind == "late" else state.counter_unit
    return Wanted(
        occasion=f"notice:{one.dossier_id}:{one.entry.sequence}",
        channel=channel,
        kind=kind,
        recipient="applicant",
        stream=f"applicant:{one.dossier_id}",
        dossier_id=one.dossier_id,
        sequence=one.entry.sequence,
        unit_id=state.counter_unit,
        data={
            "code": one.code,
            "unit": reference.units[unit].full_name,
            "due_date": state.due_date.isoformat() if state.due_date else None,
            "promised_date": state.promised_date.isoformat() if state.promised_date else None,
            "at_counter": row.return_method == "counter",
        },
        next_at=now,
    )
