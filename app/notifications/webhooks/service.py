"""Subscribes, ends and replays webhooks."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update

from app.catalogue.cache import touch
from app.database import Connection, Prepared
from app.database.tables import entries, webhooks
from app.domain.errors import Conflict
from app.ledger.service import record
from app.notifications.outbox.admin import AdminContext
from app.notifications.webhooks.addresses import Networks, checked
from app.notifications.webhooks.ending import end_webhook
from app.notifications.webhooks.payload import SEAL
from app.notifications.webhooks.queries import Webhook, find_webhook, locked_webhook, secret_place, unknown_webhook
from app.notifications.webhooks.schemas import WebhookIn
from app.notifications.webhooks.signing import new_secret

_OF_WEBHOOK = webhooks.c.id == bindparam("webhook")
_KEEP_SECRET = Prepared(update(webhooks).where(_OF_WEBHOOK).values(secret=bindparam("encrypted")))
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


class Subscription(NamedTuple):
    """A new webhook with its secret."""

    webhook: Webhook
    secret: str


async def subscribe(at: AdminContext, body: WebhookIn, networks: Networks) -> Subscription:
    """A new webhook. Raises Invalid `webhook_url_invalid` and as `AdminContext.unit`."""
    url = checked(body.url, networks)
    unit_id = at.unit(body.unit)
    # Every worker must know it before the next change of a dossier is written.
    await touch(at.connection)
    row = {
        "unit_id": unit_id,
        "url": url,
        "types": sorted({SEAL if kind == SEAL else f"dossier.{kind}" for kind in body.types}),
        "client": at.caller.client,
        "created_at": at.now,
    }
    webhook_id = await at.connection.insert(webhooks, row)
    assert webhook_id is not None  # the key is the database's to give
    secret = new_secret()
    encrypted = at.connection.ring.encrypt(secret, secret_place(webhook_id))
    await at.connection.run(_KEEP_SECRET, webhook=webhook_id, encrypted=encrypted)
    await record(at.connection, {webhooks: [webhook_id]}, at.caller.author, at.now)
    webhook = await find_webhook(at.connection, webhook_id)
    assert webhook is not None
    return Subscription(webhook, secret)


async def end(at: AdminContext, webhook_id: int, expect: Callable[[int], None]) -> Webhook:
    """The ended webhook; `expect` refuses a version other than the client's. Its unsent messages are deleted."""
    webhook = await mine(at, webhook_id)
    expect(webhook.version)
    await end_webhook(at.connection, webhook.id, at.now, at.caller.author)
    ended = await find_webhook(at.connection, webhook_id)
    assert ended is not None
    return ended


async def replay(at: AdminContext, webhook_id: int, start: int | datetime, expect: Callable[[int], None]) -> Webhook:
    """The webhook with a new replay; `expect` refuses a version other than the client's.

    Raises Conflict `replaying_already` during a replay.
    """
    webhook = await mine(at, webhook_id)
    expect(webhook.version)
    if webhook.replayed_to is not None:
        raise Conflict("replaying_already", f"The webhook {webhook_id} has a replay in progress.")
    first = start if isinstance(start, int) else await _first_since(at.connection, start)
    await at.connection.run(_REPLAY, webhook=webhook.id, position=first - 1)
    replayed = await find_webhook(at.connection, webhook_id)
    assert replayed is not None
    return replayed


async def shown(at: AdminContext, webhook_id: int) -> Webhook:
    """The webhook. Raises NotFound `unknown_webhook`, also if it has ended, and Forbidden `unit_of_others`."""
    webhook = await find_webhook(at.connection, webhook_id)
    if webhook is None or webhook.ended_at is not None:
        raise unknown_webhook(webhook_id)
    at.require(webhook.unit_id)
    return webhook


async def mine(at: AdminContext, webhook_id: int) -> Webhook:
    """The webhook, locked. Raises NotFound `unknown_webhook` and Forbidden `unit_of_others`."""
    webhook = await locked_webhook(at.connection, webhook_id)
    at.require(webhook.unit_id)
    return webhook


async def _first_since(connection: Connection, instant: datetime) -> int:
    """The id of the first entry recorded at the instant or later. Ids grow with the time of recording."""
    bounds = await connection.one(_BOUNDS)
    if bounds.first is None:
        return 1
    low, high = bounds.first, bounds.last + 1
    while low < high:
        middle = (low + high) // 2
        row = await connection.first(_AT, position=middle)
        if row is None or row.recorded_at >= instant:
            high = middle
        else:
            low = row.id + 1
    first: int = low
    return first
