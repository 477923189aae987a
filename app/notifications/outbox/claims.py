"""Claims: each message is one worker's for a while, and what came of it is written only by whoever still has it."""

import random
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select, update

from app.database import Database, Instant, Prepared
from app.database.tables import outbox
from app.notifications.outbox.backoff import wait_after
from app.notifications.outbox.messages import Message, NotAccepted, message_of

# Longer than any sender takes: a worker that died with a message in its hands keeps it for so long.
LEASE = timedelta(minutes=2)
# For so long at most a receiver that stands still is not asked for its other messages: it may be well again by then.
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
_PUT_OFF = Prepared(
    update(outbox)
    .where(
        outbox.c.id.in_(
            select(outbox.c.id)
            .where(
                outbox.c.state == "pending",
                outbox.c.channel == bindparam("of_channel"),
                # Each webhook has a receiver of its own; all mail goes to one server, all that is sent by phone to one.
                or_(outbox.c.channel != "webhook", outbox.c.recipient == bindparam("of_recipient")),
                outbox.c.next_at < bindparam("then", type_=Instant()),
                outbox.c.claim.is_(None),
            )
            # Another worker may be doing the same: neither waits for the other's rows.
            .with_for_update(skip_locked=True)
        )
    )
    .values(next_at=bindparam("then", type_=Instant()))
)


async def claim(database: Database, now: datetime, most: int) -> list[Message]:
    """Messages that are due, for this worker alone until the lease ends, each the first of its stream that is left."""
    # Nobody is kept from writing where there is nothing to send.
    async with database.reading() as connection:
        if await connection.first(_DUE, now=now) is None:
            return []
    async with database.writing() as connection:
        token = secrets.token_hex(8)
        rows = await connection.all(_CLAIM, now=now, most=most, until=now + LEASE, new_claim=token)
    return sorted((message_of(row) for row in rows), key=lambda one: one.id)


async def accepted(database: Database, message: Message, now: datetime) -> None:
    """The other side has taken the message."""
    await _run(database, _END, message, new_state="sent", at=now, error=None)


async def dropped(database: Database, message: Message, now: datetime) -> None:
    """There was nobody to send the message to."""
    await _run(database, _END, message, new_state="dropped", at=now, error="nobody_left")


async def put_off(database: Database, message: Message, then: datetime) -> None:
    """The message was not tried, and waits until `then`."""
    await _run(database, _WAIT, message, then=then)


async def refused(database: Database, message: Message, why: NotAccepted, now: datetime) -> None:
    """The message was not taken: it waits for another attempt, or is dead."""
    wait = None if why.final else wait_after(message.attempts, random.random())  # noqa: S311
    if wait is None:
        await _run(database, _END, message, new_state="dead", at=now, error=why.error)
        return
    await _run(database, _AGAIN, message, then=now + wait, error=why.error)
    if why.everything:
        async with database.writing() as connection:
            then = now + min(wait, REST)
            await connection.run(_PUT_OFF, of_channel=message.channel, of_recipient=message.recipient, then=then)


async def _run(database: Database, statement: Prepared, message: Message, **values: Any) -> None:
    async with database.writing() as connection:
        await connection.run(statement, message=message.id, mine=message.claim, **values)
