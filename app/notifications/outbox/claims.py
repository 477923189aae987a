"""Claims of messages by workers for a limited time. Only the holder of a claim writes the result."""

import random
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select, update

from app.database import Database, Instant, Prepared
from app.database.tables import outbox
from app.notifications.outbox.backoff import wait_after
from app.notifications.outbox.messages import DeliveryFailure, Message, message_of

# Duration of a claim, longer than any sender takes. After a crash, another worker waits for its end.
LEASE = timedelta(minutes=2)
# Longest back-off for other messages to a receiver that does not respond.
REST = timedelta(minutes=10)

_earlier = outbox.alias("earlier")
_NOW = bindparam("now", type_=Instant())
_FREE = and_(
    outbox.c.state == "pending",
    outbox.c.next_at <= _NOW,
    or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= _NOW),
)
_FIRST_OF_STREAM = ~exists(
    select(1).where(_earlier.c.stream == outbox.c.stream, _earlier.c.state == "pending", _earlier.c.id < outbox.c.id)
)
_DUE = Prepared(select(outbox.c.id).where(_FREE, _FIRST_OF_STREAM).limit(1))
_CLAIM = Prepared(
    update(outbox)
    .where(
        outbox.c.id.in_(
            select(outbox.c.id)
            .where(_FREE, _FIRST_OF_STREAM)
            .order_by(outbox.c.next_at, outbox.c.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        claimed_until=bindparam("until", type_=Instant()),
        claim=bindparam("new_claim"),
        attempts=outbox.c.attempts + 1,
    )
    .returning(outbox)
)
_MINE = and_(outbox.c.id == bindparam("message"), outbox.c.claim == bindparam("mine"), outbox.c.state == "pending")
_END = Prepared(
    update(outbox)
    .where(_MINE)
    .values(
        state=bindparam("new_state"),
        ended_at=bindparam("at", type_=Instant()),
        last_error=bindparam("error"),
        claimed_until=None,
        claim=None,
    )
)
_AGAIN = Prepared(
    update(outbox)
    .where(_MINE)
    .values(next_at=bindparam("then", type_=Instant()), last_error=bindparam("error"), claimed_until=None, claim=None)
)
_WAIT = Prepared(
    update(outbox)
    .where(_MINE)
    .values(
        next_at=bindparam("then", type_=Instant()),
        attempts=outbox.c.attempts - 1,
        claimed_until=None,
        claim=None,
    )
)
_BACK_OFF = Prepared(
    update(outbox)
    .where(
        outbox.c.id.in_(
            select(outbox.c.id)
            .where(
                outbox.c.state == "pending",
                outbox.c.channel == bindparam("of_channel"),
                # Each webhook has its own receiver. All mail has one server, and all phone messages one gateway.
                or_(outbox.c.channel != "webhook", outbox.c.recipient == bindparam("of_recipient")),
                outbox.c.next_at < bindparam("then", type_=Instant()),
                outbox.c.claim.is_(None),
            )
            # Another worker may do the same: neither waits for rows of the other.
            .with_for_update(skip_locked=True)
        )
    )
    .values(next_at=bindparam("then", type_=Instant()))
)


async def claim(database: Database, now: datetime, most: int) -> list[Message]:
    """Due messages, claimed by this worker until the lease ends; of each stream only the first pending one."""
    # Without a due message no write lock is taken.
    async with database.reading() as connection:
        if await connection.first(_DUE, now=now) is None:
            return []
    async with database.writing() as connection:
        token = secrets.token_hex(8)
        rows = await connection.all(_CLAIM, now=now, most=most, until=now + LEASE, new_claim=token)
    return sorted((message_of(row) for row in rows), key=lambda message: message.id)


async def mark_sent(database: Database, message: Message, now: datetime) -> None:
    """Marks the message as accepted by the receiver."""
    await _run(database, _END, message, new_state="sent", at=now, error=None)


async def mark_dropped(database: Database, message: Message, now: datetime) -> None:
    """Marks the message as dropped, because it no longer has a recipient."""
    await _run(database, _END, message, new_state="dropped", at=now, error="nobody_left")


async def defer(database: Database, message: Message, then: datetime) -> None:
    """Puts the message off until `then` without counting an attempt."""
    await _run(database, _WAIT, message, then=then)


async def mark_failed(database: Database, message: Message, failure: DeliveryFailure, now: datetime) -> None:
    """Schedules the next attempt, or marks the message as dead after the last one."""
    wait = None if failure.permanent else wait_after(message.attempts, random.random())  # noqa: S311
    if wait is None:
        await _run(database, _END, message, new_state="dead", at=now, error=failure.error)
        return
    await _run(database, _AGAIN, message, then=now + wait, error=failure.error)
    if failure.of_receiver:
        async with database.writing() as connection:
            then = now + min(wait, REST)
            await connection.run(_BACK_OFF, of_channel=message.channel, of_recipient=message.recipient, then=then)


async def _run(database: Database, statement: Prepared, message: Message, **values: Any) -> None:
    async with database.writing() as connection:
        await connection.run(statement, message=message.id, mine=message.claim, **values)
