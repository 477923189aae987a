"""The offices that looked at a dossier, day by day, for the person whom it is about (rules §13)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, func, select

from app.database import Connection, Instant, Prepared
from app.database.tables import access_log, tokens
from app.domain.localtime import local_date
from app.identity.access_log.queries import shows

# Days that are shown, and views that are read at most.
DAYS = 366
_MOST = 10_000

# The office of a view, beside the table of tokens: a view of an older version has no unit, but its token.
OFFICE = func.coalesce(access_log.c.unit_id, tokens.c.unit_id)
_VIEWS = Prepared(
    select(access_log.c.viewed_at, OFFICE.label("unit_id"))
    .outerjoin(tokens, tokens.c.id == access_log.c.token_id)
    .where(access_log.c.viewed_at >= bindparam("since", type_=Instant()), shows(bindparam("dossier", type_=BigInteger)))
    .order_by(access_log.c.id.desc())
    .limit(_MOST)
)


class OfficeDay(NamedTuple):
    """The number of responses with people of a dossier that an office got on a local date.

    `unit_id` is None for a token of all units, and for the operator.
    """

    day: date
    unit_id: int | None
    views: int


def first_day(now: datetime) -> date:
    """The first local date that is shown."""
    return local_date(now - timedelta(days=DAYS))


async def office_days(connection: Connection, dossier_id: int, now: datetime) -> Sequence[OfficeDay]:
    """The offices of the last year, the latest day first."""
    rows = await connection.all(_VIEWS, dossier=dossier_id, since=now - timedelta(days=DAYS))
    counts = Counter((local_date(row.viewed_at), row.unit_id) for row in rows)
    days = (OfficeDay(day, unit_id, views) for (day, unit_id), views in counts.items())
    return sorted(days, key=lambda office: (-office.day.toordinal(), office.unit_id or 0))
