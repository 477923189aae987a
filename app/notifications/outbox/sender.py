"""Sends what is due until nothing is: several messages at once, each committed as soon as it was accepted."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from app.database import Database
from app.notifications.outbox.claims import accepted, claim, dropped, put_off, refused
from app.notifications.outbox.messages import Message, NobodyLeft, NotAccepted, NotNow, Sender

logger = logging.getLogger(__name__)

# Messages that a worker sends at once.
AT_ONCE = 8

Senders = Mapping[str, Sender]


async def send_due(database: Database, senders: Senders, now: Callable[[], datetime]) -> int:
    """Sends all messages that are due, and answers how many were tried."""
    tried = 0
    while messages := await claim(database, now(), AT_ONCE):
        # Where one cannot be written down, the others under way still are.
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
            raise NotAccepted("channel_not_configured", everything=True)
        await sender(message, now())
    except NotAccepted as why:
        logger.warning("message %s by %s was not accepted: %s", message.id, message.channel, why.error)
        await refused(database, message, why, now())
    except NotNow as wait:
        await put_off(database, message, wait.then)
    except NobodyLeft:
        await dropped(database, message, now())
    else:
        await accepted(database, message, now())
