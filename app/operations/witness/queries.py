"""Queries of the heads that this register has cosigned for others."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from app.database import Connection, Prepared, Row
from app.database.tables import cosigned_checkpoints

_NEWEST = select(
    cosigned_checkpoints.c.origin.label("name"), func.max(cosigned_checkpoints.c.size).label("largest")
).group_by(cosigned_checkpoints.c.origin)
_OF_ALL = Prepared(
    select(cosigned_checkpoints)
    .join(
        newest := _NEWEST.subquery(),
        (newest.c.name == cosigned_checkpoints.c.origin) & (newest.c.largest == cosigned_checkpoints.c.size),
    )
    .order_by(cosigned_checkpoints.c.origin)
)
_LATEST = Prepared(
    select(cosigned_checkpoints.c.note)
    .where(cosigned_checkpoints.c.origin == bindparam("origin"))
    .order_by(cosigned_checkpoints.c.size.desc())
    .limit(1)
)


async def newest_cosigned(connection: Connection) -> Sequence[Row]:
    """The newest cosigned head of each register, by name: origin, size, note, time."""
    return await connection.all(_OF_ALL)


async def latest_note(connection: Connection, origin: str) -> str | None:
    """The newest cosigned note of a register, None without one."""
    note: str | None = await connection.scalar(_LATEST, origin=origin)
    return note
