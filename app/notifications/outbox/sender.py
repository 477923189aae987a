"""Sends due messages, several at a time, and commits each result at once."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from app.database import Database
from app.notifications.outbox.claims import claim, defer, mark_dropped, mark_failed, mark_sent
from app.notifications.outbox.messages import Deferral, DeliveryFailure, Message, NoRecipient, Sender

logger = logging.getLogger(__name__)

# Messages that a worker sends at the same time.
AT_ONCE = 8

Senders = Mapping[str, Sender]


async def send_due(database: Database, senders: Senders, now: Callable[[], datetime]) -> int:
    """Sends all due messages. The number of attempts."""
    tried = 0
    while messages := await claim(database, now(), AT_ONCE):
        # If one result cannot be written, the others still are.
        ended = await asyncio.gather(
            *(_send(database, senders, message, now) for message in messages), return_exceptions=True
        )
        for error in ended:
            if error is not None:
                raise error
        tried += len(messages)
    return tried


async def _send(database: Database, senders: Senders, message: Message, now: Callable[[], datetime]) -> None:
    sender = senders.get(message.channel)
    try:
        if sender is None:
            raise DeliveryFailure("channel_not_configured", of_receiver=True)
        await sender(message, now())
    except DeliveryFailure as failure:
        logger.warning("message %s by %s was not accepted: %s", message.id, message.channel, failure.error)
        await mark_failed(database, message, failure, now())
    except Deferral as deferral:
        await defer(database, message, deferral.then)
    except NoRecipient:
        await mark_dropped(database, message, now())
    else:
        await mark_sent(database, message, now())
