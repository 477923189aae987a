"""Deletes messages sent long ago, to bound the size of the outbox."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select

from app.database import Database, Instant, Prepared
from app.database.tables import outbox

# Dead messages are not deleted: an administrator resends them.
RETENTION = timedelta(days=30)
# Messages of one transaction. Other writers take turns between transactions.
_MOST = 200
_OLD = (
    select(outbox.c.id)
    .where(outbox.c.state.in_(["sent", "dropped"]), outbox.c.ended_at < bindparam("before", type_=Instant()))
    .limit(_MOST)
)
_ANY = Prepared(_OLD)
_DELETE = Prepared(delete(outbox).where(outbox.c.id.in_(_OLD)))


async def delete_old(database: Database, now: datetime) -> None:
    """Deletes messages that were sent or dropped before the retention time."""
    before = now - RETENTION
    async with database.reading() as connection:
        left = await connection.first(_ANY, before=before) is not None
    while left:
        async with database.writing() as connection:
            left = await connection.run(_DELETE, before=before) == _MOST
