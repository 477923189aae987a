"""Stores the messages to webhooks about events, and those of replays of the journal."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import entries, outbox, outbox_events, webhooks
from app.domain.localtime import local_date
from app.notifications.outbox.events import MOST, Event, events_at
from app.notifications.outbox.messages import OutboxMessage, put
from app.notifications.webhooks.payload import payload
from app.notifications.webhooks.queries import Webhook, active_webhooks

_REPLAYING = Prepared(
    select(webhooks.c.id).where(webhooks.c.replayed_to.is_not(None), webhooks.c.ended_at.is_(None)).limit(1)
)
# A replay pauses while more messages than this are pending for the webhook.
_MOST_WAITING = 1000
_BACKLOG = Prepared(
    select(outbox.c.id)
    .where(outbox.c.channel == "webhook", outbox.c.recipient == bindparam("of_recipient"), outbox.c.state == "pending")
    .offset(_MOST_WAITING)
    .limit(1)
)
_NEXT = Prepared(
    select(entries.c.id, entries.c.dossier_id, entries.c.sequence)
    .where(entries.c.id > bindparam("after"))
    .order_by(entries.c.id)
    .limit(MOST)
)
_ADVANCE = Prepared(
    update(webhooks).where(webhooks.c.id == bindparam("webhook")).values(replayed_to=bindparam("position"))
)
_WAITING = Prepared(
    select(outbox_events.c.dossier_id, outbox_events.c.sequence)
    .where(outbox_events.c.webhook_id == bindparam("webhook"))
    .order_by(outbox_events.c.id)
)
_DELETE_WAITING = Prepared(delete(outbox_events).where(outbox_events.c.webhook_id == bindparam("webhook")))


async def replaying(connection: Connection) -> bool:
    """Whether a webhook has a replay in progress."""
    return await connection.first(_REPLAYING) is not None


async def notify_webhooks(connection: Connection, reference: Reference, events: Sequence[Event], now: datetime) -> None:
    """Stores the messages of each webhook about the events.

    During a replay, new events of the webhook wait until its end, so that each dossier's events stay in order.
    """
    for webhook in await active_webhooks(connection):
        recent = [item for item in events if item.entry.recorded_at >= webhook.created_at]
        mine = _concerning(reference, webhook, recent, now)
        if webhook.replayed_to is None:
            await _put(connection, reference, webhook, mine, now)
        else:
            rows = [
                {"dossier_id": item.dossier_id, "sequence": item.entry.sequence, "webhook_id": webhook.id}
                for item in mine
            ]
            await connection.insert_many(outbox_events, rows)


async def continue_replays(connection: Connection, reference: Reference, now: datetime) -> bool:
    """Continues each replay with the next part of the journal, and at its end with the events that waited.

    False if there was no replay to continue. A replay with many pending messages pauses.
    """
    continued = False
    for webhook in await active_webhooks(connection):
        if webhook.replayed_to is None or await connection.first(_BACKLOG, of_recipient=str(webhook.id)) is not None:
            continue
        continued = True
        rows = await connection.all(_NEXT, after=webhook.replayed_to)
        events = await events_at(connection, [(row.dossier_id, row.sequence) for row in rows])
        await _put(connection, reference, webhook, _concerning(reference, webhook, events, now), now)
        position = rows[-1].id if rows else webhook.replayed_to
        if len(rows) < MOST:
            await _release(connection, reference, webhook, now)
            position = None
        await connection.run(_ADVANCE, webhook=webhook.id, position=position)
    return continued


async def _release(connection: Connection, reference: Reference, webhook: Webhook, now: datetime) -> None:
    """Stores the events that waited during the replay. Most are in the journal, and stored already."""
    waiting = await connection.all(_WAITING, webhook=webhook.id)
    places = [(row.dossier_id, row.sequence) for row in waiting]
    await _put(connection, reference, webhook, await events_at(connection, places), now)
    await connection.run(_DELETE_WAITING, webhook=webhook.id)


def _concerning(reference: Reference, webhook: Webhook, events: Sequence[Event], now: datetime) -> list[Event]:
    scope = reference.scope(webhook.unit_id, local_date(now))
    types = set(webhook.types)
    return [
        item
        for item in events
        if (scope is None or not scope.isdisjoint(item.units)) and (not types or f"dossier.{item.entry.type}" in types)
    ]


async def _put(
    connection: Connection, reference: Reference, webhook: Webhook, events: Sequence[Event], now: datetime
) -> None:
    messages = []
    for event in events:
        # The same id for an entry in each replay, so that the receiver recognises it.
        message_id = f"evt_{webhook.id}_{event.dossier_id}_{event.entry.sequence}"
        messages.append(
            OutboxMessage(
                occasion=f"webhook:{webhook.id}:{webhook.replays}:{event.dossier_id}:{event.entry.sequence}",
                channel="webhook",
                kind=f"dossier.{event.entry.type}",
                recipient=str(webhook.id),
                stream=f"{webhook.id}:{event.dossier_id}",
                dossier_id=event.dossier_id,
                sequence=event.entry.sequence,
                unit_id=webhook.unit_id,
                data=payload(reference, event, message_id),
                next_at=now,
            )
        )
    await put(connection, messages, now)
