"""Queries of the outbox for supervisors and administrators, and the resending of dead messages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update

from app.database import Connection, Instant, Prepared
from app.database.tables import dossiers, outbox
from app.domain.errors import NotFound

_AGAIN = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("message"), outbox.c.state == "dead")
    .values(state="pending", attempts=0, next_at=bindparam("at", type_=Instant()), ended_at=None)
)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of the outbox with the code of its dossier, but without its content."""

    id: int
    channel: str
    kind: str
    recipient: str
    code: str | None
    sequence: int | None
    unit_id: int | None
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    ended_at: datetime | None
    last_error: str | None


def _select() -> Select[Any]:
    columns = [dossiers.c.code if name == "code" else outbox.c[name] for name in StoredMessage.__slots__]
    return select(*columns).select_from(outbox).outerjoin(dossiers, dossiers.c.id == outbox.c.dossier_id)


async def list_messages(
    connection: Connection, states: Collection[str], units: Collection[int] | None, before: int | None, most: int
) -> list[StoredMessage]:
    """Messages in these states (empty: all) and of these units (None: all), the newest first."""
    statement = _select().order_by(outbox.c.id.desc()).limit(most)
    if states:
        statement = statement.where(outbox.c.state.in_(sorted(states)))
    if units is not None:
        statement = statement.where(outbox.c.unit_id.in_(sorted(units)))
    if before is not None:
        statement = statement.where(outbox.c.id < before)
    return [StoredMessage(*row) for row in await connection.all(statement)]


async def find_message(connection: Connection, message_id: int) -> StoredMessage:
    """The message with that id. Raises NotFound `unknown_message`."""
    row = await connection.first(_select().where(outbox.c.id == message_id))
    if row is None:
        raise NotFound("unknown_message", f"There is no message with the id {message_id}.")
    return StoredMessage(*row)


async def send_again(connection: Connection, message_id: int, at: datetime) -> bool:
    """Makes a dead message due at `at`. False if it is not dead."""
    return await connection.run(_AGAIN, message=message_id, at=at) == 1
