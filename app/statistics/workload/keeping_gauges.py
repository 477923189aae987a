"""Gauges of what background work must keep up with: seals and the messages of the outbox."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Keeping:
    """How far background work is: messages that are not delivered, and what is sealed. None: there is nothing."""

    pending: int
    dead: int
    oldest_pending: datetime | None
    newest_seal: datetime | None
    oldest_unsealed: datetime | None


async def read_keeping(connection: Connection) -> Keeping:
    """Reads it from the register."""
    messages = {row.state: row for row in await connection.all(_MESSAGES)}
    return Keeping(
        pending=messages["pending"].number if "pending" in messages else 0,
        dead=messages["dead"].number if "dead" in messages else 0,
        oldest_pending=messages["pending"].oldest if "pending" in messages else None,
        newest_seal=await connection.scalar(_NEWEST_SEAL),
        oldest_unsealed=await connection.scalar(_UNSEALED),
    )


async def keeping_gauges(connection: Connection) -> list[GaugeMetricFamily]:
    """The gauges. One with an instant is left out if there is nothing that it could describe."""
    keeping = await read_keeping(connection)
    number = GaugeMetricFamily("motcua_outbox_messages", "Messages that are not delivered", labels=("state",))
    number.add_metric(("pending",), keeping.pending)
    number.add_metric(("dead",), keeping.dead)
    return [
        number,
        *_instant("motcua_outbox_oldest_pending", "Creation of the oldest pending message", keeping.oldest_pending),
        *_instant("motcua_newest_seal", "Time of the newest seal", keeping.newest_seal),
        *_instant("motcua_oldest_unsealed_entry", "Oldest entry without a seal", keeping.oldest_unsealed),
    ]


def _instant(name: str, description: str, at: datetime | None) -> list[GaugeMetricFamily]:
    if at is None:
        return []
    return [GaugeMetricFamily(f"{name}_timestamp_seconds", description, value=at.timestamp())]
