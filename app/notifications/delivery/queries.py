"""What is read of the outbox by those who look after it, and how a dead message is sent anew."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from app.database import Connection, Instant, Prepared, Row
from app.database.tables import dossiers, outbox
from app.domain.errors import NotFound

_AGAIN = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("message"), outbox.c.state == "dead")
    .values(state="pending", attempts=0, next_at=bindparam("at", type_=Instant()), ended_at=None)
)


def _select() -> Any:
    return select(outbox, dossiers.c.code).outerjoin(dossiers, dossiers.c.id == outbox.c.dossier_id)


async def list_messages(
    connection: Connection, states: Collection[str], units: Collection[int] | None, before: int | None, most: int
) -> list[Row]:
    """Messages in any of these states (none: in any), of these units (None: all), the newest first."""
    statement = _select().order_by(outbox.c.id.desc()).limit(most)
    if states:
        statement = statement.where(outbox.c.state.in_(sorted(states)))
    if units is not None:
        statement = statement.where(outbox.c.unit_id.in_(sorted(units)))
    if before is not None:
        statement = statement.where(outbox.c.id < before)
    return await connection.all(statement)


async def find_message(connection: Connection, message_id: int) -> Row:
    """The message with that id. Raises NotFound `unknown_message`."""
    row = await connection.first(_select().where(outbox.c.id == message_id))
    if row is None:
        raise NotFound("unknown_message", f"There is no message with the id {message_id}.")
    return row


async def send_again(connection: Connection, message_id: int, at: datetime) -> bool:
    """Makes a dead message due once more from `at` on; whether it was dead."""
    return await connection.run(_AGAIN, message=message_id, at=at) == 1
