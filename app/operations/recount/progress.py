"""The recount under way: the row that says how far it is."""

from sqlalchemy import bindparam, delete, select, update

from app.database import Connection, Prepared, Row
from app.database.tables import recounts

_RUN = Prepared(select(recounts))
_LOCKED = Prepared(select(recounts).with_for_update())
_ADVANCE = Prepared(
    update(recounts)
    .where(recounts.c.last_entry == bindparam("last"), recounts.c.position == bindparam("before"))
    .values(position=bindparam("upto"), counted=recounts.c.counted + bindparam("more"))
)
_AGAIN = Prepared(update(recounts).values(again=True))
_END = Prepared(delete(recounts))


async def under_way(connection: Connection, *, locked: bool = False) -> Row | None:
    """The row of the recount under way; None without one. `locked`: until the transaction ends."""
    return await connection.first(_LOCKED if locked else _RUN)


async def advance(connection: Connection, run: Row, upto: int, more: int) -> bool:
    """Counts `more` dossiers as done, up to the id `upto`. False: another process has done so."""
    return bool(await connection.run(_ADVANCE, last=run.last_entry, before=run.position, upto=upto, more=more))


async def require_another(connection: Connection) -> None:
    """Makes another recount follow."""
    await connection.run(_AGAIN)


async def end(connection: Connection) -> None:
    """Forgets the recount."""
    await connection.run(_END)
