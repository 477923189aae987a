"""Queries of the time stamps of seals."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from app.database import Connection, Prepared, Row
from app.database.tables import seal_stamps

_NEWEST = Prepared(
    select(seal_stamps)
    .where(seal_stamps.c.seal < bindparam("before"))
    .order_by(seal_stamps.c.seal.desc())
    .limit(bindparam("most"))
)
_OLDEST = Prepared(
    select(seal_stamps)
    .where(seal_stamps.c.seal > bindparam("after"))
    .order_by(seal_stamps.c.seal)
    .limit(bindparam("most"))
)
_TIMES = Prepared(select(seal_stamps.c.seal, seal_stamps.c.stamped_at).order_by(seal_stamps.c.seal))
# Greater than every number of a seal.
_NO_END = 2**31 - 1


class StoredStamp(NamedTuple):
    """A row of `seal_stamps`: number of the seal, time of the stamp, response of the authority in base64."""

    seal: int
    stamped_at: datetime
    response: str

    def content(self) -> bytes:
        """The bytes of the response. Raises ValueError if the text is no base64."""
        return b64decode(self.response, validate=True)


def stamp_row(seal: int, stamped_at: datetime, response: bytes) -> dict[str, Any]:
    """A new row."""
    return StoredStamp(seal, stamped_at, b64encode(response).decode())._asdict()


async def newest_stamps(connection: Connection, before: int | None, most: int) -> list[StoredStamp]:
    """Stamps of seals below `before`, the newest first."""
    rows = await connection.all(_NEWEST, before=_NO_END if before is None else before, most=most)
    return [StoredStamp(*row) for row in rows]


async def oldest_stamps(connection: Connection, after: int, most: int) -> list[StoredStamp]:
    """Stamps of seals above `after`, the oldest first."""
    return [StoredStamp(*row) for row in await connection.all(_OLDEST, after=after, most=most)]


async def stamp_times(connection: Connection) -> Sequence[Row]:
    """Number of the seal and time of each stamp, the oldest first."""
    return await connection.all(_TIMES)
