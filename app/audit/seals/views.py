"""Views of people as leaves of seals: their content, their month, and the months of a seal's blocks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Text, bindparam, select, type_coerce

from app.audit.seals.encoding import Leaf
from app.database import Connection, Prepared, json_text
from app.database.tables import access_log
from app.domain.hash_chain import hash_of

VIEWS = "views"
VIEW_FORM = "motcua-view-1"

# The content of a leaf. A younger column may stand in it only where it is not null: seals hold rows without it.
_COLUMNS = (
    *("id", "viewed_at", "client", "token_id", "unit_id"),
    *("dossier_id", "dossiers", "kind", "request_id"),
)
# As they are stored, so that a changed row of any kind has a hash.
_ROWS = Prepared(
    select(*(type_coerce(access_log.c[name], Text()).label(name) for name in _COLUMNS))
    .where(access_log.c.id > bindparam("after"), access_log.c.id <= bindparam("last"))
    .order_by(access_log.c.id)
    .limit(bindparam("most"))
)


async def view_leaves(connection: Connection, after: int, last: int, most: int) -> list[Leaf]:
    """The rows of the access log as leaves. Each has its month in place of a dossier, because it may have several."""
    return [
        Leaf(row.id, _month(row.viewed_at), row.id, hash_of(_content(row._asdict())))
        for row in await connection.all(_ROWS, after=after, last=last, most=most)
    ]


def _content(row: dict[str, Any]) -> str:
    return json_text({"form": VIEW_FORM, **{name: _shown(value) for name, value in row.items()}})


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        # Seconds, as SQLite stores them. A changed row may have a fraction.
        return value.timestamp() if value.microsecond else int(value.timestamp())
    return value if value is None or isinstance(value, str | int) else repr(value)


def _month(viewed_at: Any) -> int:
    """The month in UTC as 202611; 0 for a value that is no instant."""
    try:
        at = viewed_at if isinstance(viewed_at, datetime) else datetime.fromtimestamp(viewed_at, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return 0
    return month_number(at)


def month_number(at: datetime) -> int:
    """The month of an instant in UTC, as 202611."""
    return at.astimezone(UTC).year * 100 + at.astimezone(UTC).month


def runs_of(months: Sequence[int]) -> list[list[int]]:
    """The months of blocks in order, as a seal has them: each with the number of its blocks."""
    return [[month, len(list(blocks))] for month, blocks in groupby(months)]


def months_of(runs: Any) -> list[int]:
    """The month of each block from `runs_of`; empty for another value."""
    try:
        return [month for month, blocks in runs for _block in range(blocks)]
    except (TypeError, ValueError):
        return []
