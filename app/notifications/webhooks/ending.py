"""Ends a webhook and deletes its unsent messages."""

from datetime import datetime

from sqlalchemy import bindparam, delete, update

from app.catalogue.cache import touch
from app.database import Connection, Instant, Prepared
from app.database.tables import outbox, outbox_events, webhooks
from app.ledger.entries import SERVICE, Author
from app.ledger.service import record

_END = Prepared(
    update(webhooks)
    .where(webhooks.c.id == bindparam("webhook"), webhooks.c.ended_at.is_(None))
    .values(ended_at=bindparam("at", type_=Instant()), secret=None)
)
_UNSENT = Prepared(
    delete(outbox).where(
        outbox.c.channel == "webhook",
        outbox.c.recipient == bindparam("of_recipient"),
        outbox.c.state == "pending",
        outbox.c.claim.is_(None),
    )
)
_HELD = Prepared(delete(outbox_events).where(outbox_events.c.webhook_id == bindparam("of_webhook")))


async def end_webhook(connection: Connection, webhook_id: int, at: datetime, author: Author = SERVICE) -> None:
    """Ends it, and deletes its secret and unsent messages. A claimed message will have no recipient."""
    await touch(connection)
    await connection.run(_END, webhook=webhook_id, at=at)
    await connection.run(_UNSENT, of_recipient=str(webhook_id))
    await connection.run(_HELD, of_webhook=webhook_id)
    await record(connection, {webhooks: [webhook_id]}, author, at)
