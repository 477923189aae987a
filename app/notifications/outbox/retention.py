"""Lets go of messages that were sent long ago, so that the outbox does not grow for ever."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select

from app.database import Database, Instant, Prepared
from app.database.tables import outbox

# The dead stay until somebody has looked after them.
KEPT_FOR = timedelta(days=30)
# Messages deleted in one transaction: others get to write in between.
_MOST = 200
_OLD = (
    select(outbox.c.id)
    .where(outbox.c.state.in_(["sent", "dropped"]), outbox.c.ended_at < bindparam("before", type_=Instant()))
    .limit(_MOST)
)
_ANY = Prepared(_OLD)
_FORGET = Prepared(delete(outbox).where(outbox.c.id.in_(_OLD)))


async def forget(database: Database, now: datetime) -> None:
    """Deletes what was sent, or had nobody left to be sent to, longer ago than it is kept."""
    before = now - KEPT_FOR
    async with database.reading() as connection:
        left = await connection.first(_ANY, before=before) is not None
    while left:
        async with database.writing() as connection:
            left = await connection.run(_FORGET, before=before) == _MOST
