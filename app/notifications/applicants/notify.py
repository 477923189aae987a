"""Stores the notices to applicants about events, with their channels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from app.catalogue.cache import Reference
from app.contact_data import email_of, texts_to
from app.database import Connection, Instant, Prepared, Row
from app.database.tables import applicants, dossiers, outbox
from app.domain.calls import Call
from app.domain.duties import answer_reminded_at
from app.domain.lifecycle import voided_by
from app.domain.state import Status
from app.notifications.applicants.kinds import (
    ANSWER_SOON,
    TAKEN_BACK,
    announces_every_change,
    changes_request,
    kind_of,
)
from app.notifications.outbox.events import Event
from app.notifications.outbox.messages import OutboxMessage, put


async def notify_applicants(
    connection: Connection,
    reference: Reference,
    channels: frozenset[str],
    events: Sequence[Event],
    now: datetime,
) -> None:
    """Stores notices to applicants with an address for one of the `channels`."""
    if not channels:
        return
    notices = [notice for event in events if (notice := await _notice(connection, event, now)) is not None]
    if not notices:
        return
    addresses = await _addresses(connection, {notice.event.dossier_id for notice in notices})
    messages: list[OutboxMessage] = []
    for notice in notices:
        row = addresses.get(notice.event.dossier_id)
        channel = None if row is None else _channel(row, channels)
        if row is not None and channel is not None:
            message = _message(reference, notice, row, channel, now)
            messages += [message, *_reminders(reference, notice, message)]
    await put(connection, messages, now)


class Notice(NamedTuple):
    """A notice of a kind about a call. `taken_back` is the kind of the notice that it takes back."""

    event: Event
    call: Call
    kind: str
    taken_back: str | None = None


async def _notice(connection: Connection, event: Event, now: datetime) -> Notice | None:
    if event.call is None:
        return None
    if (kind := await _taken_back(connection, event, now)) is not None:
        return Notice(event, event.call, TAKEN_BACK, kind)
    own = kind_of(event)
    return None if own is None else Notice(event, event.call, own)


_WITHDRAW = Prepared(
    update(outbox)
    .where(outbox.c.occasion == bindparam("notice"), outbox.c.state == "pending", outbox.c.claim.is_(None))
    .values(state="dropped", ended_at=bindparam("at", type_=Instant()), last_error="voided")
)
_SENT = Prepared(
    select(outbox.c.kind).where(outbox.c.occasion == bindparam("notice"), outbox.c.state.in_(["pending", "sent"]))
)


async def _taken_back(connection: Connection, event: Event, now: datetime) -> str | None:
    """The kind of the notice about the entry that this event voids, if it was sent. Otherwise it is withdrawn."""
    sequence = voided_by(event.entry)
    if sequence is None:
        return None
    notice = _occasion(event.dossier_id, sequence)
    await connection.run(_WITHDRAW, notice=notice, at=now)
    kind: str | None = await connection.scalar(_SENT, notice=notice)
    return kind


def _occasion(dossier_id: int, sequence: int) -> str:
    return f"notice:{dossier_id}:{sequence}"


async def _addresses(connection: Connection, ids: set[int]) -> Mapping[int, Row]:
    statement = (
        select(dossiers.c.id, dossiers.c.return_method, applicants.c.email, applicants.c.phone)
        .join(
            applicants,
            (applicants.c.dossier_id == dossiers.c.id) & (applicants.c.number == dossiers.c.applicant_number),
        )
        .where(dossiers.c.id.in_(sorted(ids)), dossiers.c.notify.is_(True))
    )
    return {row.id: row for row in await connection.all(statement)}


def _channel(row: Row, channels: frozenset[str]) -> str | None:
    if "email" in channels and email_of(row.email):
        return "email"
    return "gateway" if "gateway" in channels and texts_to(row.phone) else None


# The unit that a notice names, if it is not the counter.
_BY_RESPONSIBLE = frozenset({"late", "suspended", "resumed", "discontinued", "redated"})
_BY_HOLDER = frozenset({"forwarded", "taken"})


def _message(reference: Reference, notice: Notice, row: Row, channel: str, now: datetime) -> OutboxMessage:
    event, call, kind = notice.event, notice.call, notice.kind
    state = call.after
    unit = state.counter_unit
    if kind in _BY_RESPONSIBLE:
        unit = state.responsible_unit
    elif kind in _BY_HOLDER:
        unit = state.holder_unit
    return OutboxMessage(
        occasion=_occasion(event.dossier_id, event.entry.sequence),
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
            "redated": _names_date(notice),
            "promise_moved": call.before is not None and call.before.promised_date != state.promised_date,
            "corrected": changes_request(event),
            # The letter names the officer of this entry.
            "entry": event.entry.sequence if announces_every_change(event) else 0,
            "answer_by": call.about.data.get("answer_by"),
            "amount": call.about.data.get("amount"),
            "rest": state.money.outstanding,
            **({"about": notice.taken_back, "annulled": state.status is Status.ANNULLED} if notice.taken_back else {}),
        },
        next_at=now,
    )


def _names_date(notice: Notice) -> bool:
    """True if the notice ends with the date of the appointment; these two kinds have it in their text."""
    call = notice.call
    if not call.after.open or notice.kind in ("received", "late"):
        return False
    return notice.taken_back is not None or "deadline" in call.entry.data or call.dates_moved


def _reminders(reference: Reference, notice: Notice, request: OutboxMessage) -> Iterator[OutboxMessage]:
    """The reminder of a request for papers, for the day on which it is due (rules §16).

    It is in no stream, because later notices would wait for it.
    """
    state = notice.call.after
    wait = state.open_wait
    if wait is None or wait.answer_by is None or request.data["answer_by"] is None or request.data["corrected"]:
        return
    sessions, _revision = reference.sessions(state.counter_unit, wait.start)
    due = answer_reminded_at(wait.start, wait.answer_by, reference.calendar, sessions)
    if due is not None and due > request.next_at:
        yield replace(
            request,
            occasion=f"{request.occasion}:{ANSWER_SOON}",
            kind=ANSWER_SOON,
            stream=None,
            data={**request.data, "request": state.supplement_requests, "redated": False, "entry": 0},
            next_at=due,
        )
