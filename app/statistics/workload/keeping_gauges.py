"""Gauges of what background work must keep up with: seals and the messages of the outbox."""

from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from app.database import Connection, Prepared
from app.database.tables import entries, outbox, seals

_NEWEST_SEAL = Prepared(select(func.max(seals.c.sealed_at)))
_UNSEALED = Prepared(
    select(entries.c.recorded_at)
    .where(entries.c.id > select(func.coalesce(func.max(seals.c.last_id), 0)).scalar_subquery())
    .order_by(entries.c.id)
    .limit(1)
)
_MESSAGES = Prepared(
    select(outbox.c.state, func.count().label("number"), func.min(outbox.c.created_at).label("oldest"))
    .where(outbox.c.state.in_(("pending", "dead")))
    .group_by(outbox.c.state)
)


async def keeping_gauges(connection: Connection) -> list[GaugeMetricFamily]:
    """The gauges. One with an instant is left out if there is nothing that it could describe."""
    messages = {row.state: row for row in await connection.all(_MESSAGES)}
    number = GaugeMetricFamily("motcua_outbox_messages", "Messages that are not delivered", labels=("state",))
    for state in ("pending", "dead"):
        number.add_metric((state,), messages[state].number if state in messages else 0)
    oldest = messages["pending"].oldest if "pending" in messages else None
    return [
        number,
        *_instant("motcua_outbox_oldest_pending", "Creation of the oldest pending message", oldest),
        *_instant("motcua_newest_seal", "Time of the newest seal", await connection.scalar(_NEWEST_SEAL)),
        *_instant("motcua_oldest_unsealed_entry", "Oldest entry without a seal", await connection.scalar(_UNSEALED)),
    ]


def _instant(name: str, description: str, at: datetime | None) -> list[GaugeMetricFamily]:
    if at is None:
        return []
    return [GaugeMetricFamily(f"{name}_timestamp_seconds", description, value=at.timestamp())]
