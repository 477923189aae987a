"""Settles which webhooks are told of what happened, and goes through the journal anew for those that asked for it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import entries, outbox, outbox_events, webhooks
from app.domain.localtime import local_date
from app.notifications.outbox.events import MOST, Happening, happenings
from app.notifications.outbox.messages import Wanted, put
from app.notifications.webhooks.payload import payload
from app.notifications.webhooks.queries import Webhook, active_webhooks

_REPLAYING = Prepared(
    select(webhooks.c.id).where(webhooks.c.replayed_to.is_not(None), webhooks.c.ended_at.is_(None)).limit(1)
)
# A replay rests while so many messages of the webhook are waiting to be sent.
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
_GO_ON = Prepared(
    update(webhooks).where(webhooks.c.id == bindparam("webhook")).values(replayed_to=bindparam("position"))
)
_HELD = Prepared(
    select(outbox_events.c.dossier_id, outbox_events.c.sequence)
    .where(outbox_events.c.webhook_id == bindparam("webhook"))
    .order_by(outbox_events.c.id)
)
_LET_GO = Prepared(delete(outbox_events).where(outbox_events.c.webhook_id == bindparam("webhook")))


async def replaying(connection: Connection) -> bool:
    """Whether a webhook is being told anew."""
    return await connection.first(_REPLAYING) is not None


async def tell_webhooks(
    connection: Connection, reference: Reference, found: Sequence[Happening], now: datetime
) -> None:
    """Puts into the outbox what each webhook is told of what happened.

    A webhook that is told anew gets what happens meanwhile when that is over, so that each dossier's order stays.
    """
    for webhook in await active_webhooks(connection):
        recent = [item for item in found if item.entry.recorded_at >= webhook.created_at]
        mine = _concerning(reference, webhook, recent, now)
        if webhook.replayed_to is None:
            await _put(connection, reference, webhook, mine, now)
        else:
            rows = [
                {"dossier_id": item.dossier_id, "sequence": item.entry.sequence, "webhook_id": webhook.id}
                for item in mine
            ]
            await connection.insert_many(outbox_events, rows)


async def go_on_replaying(connection: Connection, reference: Reference, now: datetime) -> bool:
    """Tells each webhook that is told anew the next part of the journal; at its end, what happened meanwhile.

    Answers whether there was any. Where much is not sent yet, that comes first.
    """
    went_on = False
    for webhook in await active_webhooks(connection):
        if webhook.replayed_to is None or await connection.first(_BACKLOG, of_recipient=str(webhook.id)) is not None:
            continue
        went_on = True
        rows = await connection.all(_NEXT, after=webhook.replayed_to)
        found = await happenings(connection, [(row.dossier_id, row.sequence) for row in rows])
        await _put(connection, reference, webhook, _concerning(reference, webhook, found, now), now)
        position = rows[-1].id if rows else webhook.replayed_to
        if len(rows) < MOST:
            await _release(connection, reference, webhook, now)
            position = None
        await connection.run(_GO_ON, webhook=webhook.id, position=position)
    return went_on


async def _release(connection: Connection, reference: Reference, webhook: Webhook, now: datetime) -> None:
    """What happened while it was told anew; most of it the journal has told already, as the same occasion."""
    held = await connection.all(_HELD, webhook=webhook.id)
    places = [(row.dossier_id, row.sequence) for row in held]
    await _put(connection, reference, webhook, await happenings(connection, places), now)
    await connection.run(_LET_GO, webhook=webhook.id)


def _concerning(reference: Reference, webhook: Webhook, found: Sequence[Happening], now: datetime) -> list[Happening]:
    scope = reference.scope(webhook.unit_id, local_date(now))
    types = set(webhook.types)
    return [
        item
        for item in found
        if (scope is None or not scope.isdisjoint(item.units)) and (not types or f"dossier.{item.entry.type}" in types)
    ]


async def _put(
    connection: Connection, reference: Reference, webhook: Webhook, found: Sequence[Happening], now: datetime
) -> None:
    wanted = []
    for item in found:
        # The same for the same entry in each replay, so that the receiver knows what it has seen.
        message_id = f"evt_{webhook.id}_{item.dossier_id}_{item.entry.sequence}"
        wanted.append(
            Wanted(
                occasion=f"webhook:{webhook.id}:{webhook.replays}:{item.dossier_id}:{item.entry.sequence}",
                channel="webhook",
                kind=f"dossier.{item.entry.type}",
                recipient=str(webhook.id),
                stream=f"{webhook.id}:{item.dossier_id}",
                dossier_id=item.dossier_id,
                sequence=item.entry.sequence,
                unit_id=webhook.unit_id,
                data=payload(reference, item, message_id),
                next_at=now,
            )
        )
    await put(connection, wanted, now)
