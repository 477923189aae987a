"""Subscribes webhooks, ends them, and lets them be told anew."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from app.catalogue.cache import touch
from app.database import Connection, Prepared
from app.database.tables import entries, webhooks
from app.domain.errors import Conflict
from app.notifications.outbox.admin import Oversight
from app.notifications.webhooks.addresses import Networks, checked
from app.notifications.webhooks.ending import end_webhook
from app.notifications.webhooks.queries import Webhook, find_webhook, locked_webhook, secret_place, unknown_webhook
from app.notifications.webhooks.schemas import WebhookIn
from app.notifications.webhooks.signing import new_secret

_OF_WEBHOOK = webhooks.c.id == bindparam("webhook")
_KEEP_SECRET = Prepared(update(webhooks).where(_OF_WEBHOOK).values(secret=bindparam("sealed")))
_REPLAY = Prepared(
    update(webhooks).where(_OF_WEBHOOK).values(replayed_to=bindparam("position"), replays=webhooks.c.replays + 1)
)
_BOUNDS = Prepared(select(func.min(entries.c.id).label("first"), func.max(entries.c.id).label("last")))
_AT = Prepared(
    select(entries.c.id, entries.c.recorded_at)
    .where(entries.c.id >= bindparam("position"))
    .order_by(entries.c.id)
    .limit(1)
)


class Subscribed(NamedTuple):
    """A webhook just made, with its secret."""

    webhook: Webhook
    secret: str


async def subscribe(at: Oversight, body: WebhookIn, networks: Networks) -> Subscribed:
    """A new webhook. Raises Invalid `webhook_url_invalid` and as `Oversight.unit`."""
    url = checked(body.url, networks)
    unit_id = at.unit(body.unit)
    # Every worker has to see it before the next change of a dossier is written.
    await touch(at.connection)
    row = {
        "unit_id": unit_id,
        "url": url,
        "types": sorted({f"dossier.{kind}" for kind in body.types}),
        "client": at.caller.client,
        "created_at": at.now,
    }
    webhook_id = await at.connection.insert(webhooks, row)
    assert webhook_id is not None  # the key is the database's to give
    secret = new_secret()
    sealed = at.connection.ring.encrypt(secret, secret_place(webhook_id))
    await at.connection.run(_KEEP_SECRET, webhook=webhook_id, sealed=sealed)
    webhook = await find_webhook(at.connection, webhook_id)
    assert webhook is not None
    return Subscribed(webhook, secret)


async def end(at: Oversight, webhook_id: int) -> Webhook:
    """The webhook, which is told nothing any more; what was not sent yet is not sent."""
    webhook = await mine(at, webhook_id)
    await end_webhook(at.connection, webhook.id, at.now)
    ended = await find_webhook(at.connection, webhook_id)
    assert ended is not None
    return ended


async def replay(at: Oversight, webhook_id: int, start: int | datetime, expect: Callable[[int], None]) -> Webhook:
    """The webhook, which is told anew from there on; `expect` refuses another version than the client knows.

    Raises Conflict `replaying_already` while it still is.
    """
    webhook = await mine(at, webhook_id)
    expect(webhook.version)
    if webhook.replayed_to is not None:
        raise Conflict("replaying_already", f"The webhook {webhook_id} is being told anew at this moment.")
    first = start if isinstance(start, int) else await _first_since(at.connection, start)
    await at.connection.run(_REPLAY, webhook=webhook.id, position=first - 1)
    again = await find_webhook(at.connection, webhook_id)
    assert again is not None
    return again


async def shown(at: Oversight, webhook_id: int) -> Webhook:
    """The webhook. Raises NotFound `unknown_webhook`, also for one that has ended, and Forbidden `unit_of_others`."""
    webhook = await find_webhook(at.connection, webhook_id)
    if webhook is None or webhook.ended_at is not None:
        raise unknown_webhook(webhook_id)
    at.require(webhook.unit_id)
    return webhook


async def mine(at: Oversight, webhook_id: int) -> Webhook:
    """The webhook, locked. Raises NotFound `unknown_webhook` and Forbidden `unit_of_others`."""
    webhook = await locked_webhook(at.connection, webhook_id)
    at.require(webhook.unit_id)
    return webhook


async def _first_since(connection: Connection, instant: datetime) -> int:
    """The id of the first entry recorded at the instant or later: entries are numbered as they are recorded."""
    bounds = await connection.one(_BOUNDS)
    if bounds.first is None:
        return 1
    low, high = bounds.first, bounds.last + 1
    while low < high:
        middle = (low + high) // 2
        found = await connection.first(_AT, position=middle)
        if found is None or found.recorded_at >= instant:
            high = middle
        else:
            low = found.id + 1
    first: int = low
    return first
