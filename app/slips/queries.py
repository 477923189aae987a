"""Dossiers for the register of a counter."""

from datetime import date

from sqlalchemy import bindparam

from app.database import Connection, Prepared
from app.database.tables import dossiers
from app.dossiers.queries import Dossier, dossier_of, dossier_select

_RECEIVED = Prepared(
    dossier_select()
    .where(
        dossiers.c.receiving_unit_id == bindparam("unit"),
        dossiers.c.received_date.between(bindparam("first"), bindparam("last")),
    )
    .order_by(dossiers.c.received_at, dossiers.c.id)
    .limit(bindparam("most"))
)


async def received_dossiers(connection: Connection, unit_id: int, first: date, last: date, most: int) -> list[Dossier]:
    """At most `most` dossiers that a unit received on these local dates (both inclusive), by time of receipt."""
    return [
        dossier_of(connection.ring, row)
        for row in await connection.all(_RECEIVED, unit=unit_id, first=first, last=last, most=most)
    ]
