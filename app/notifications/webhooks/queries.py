"""Queries of webhooks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from app.database import Connection, Prepared, Row
from app.database.tables import webhooks
from app.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook; `unit_id` None: of all units, `types` empty: of all types."""

    id: int
    unit_id: int | None
    url: str
    types: Sequence[str]
    secret: str | None  # encrypted
    client: str
    created_at: datetime
    ended_at: datetime | None
    replays: int
    replayed_to: int | None

    @property
    def version(self) -> int:
        """The number of changes by clients."""
        return 1 + self.replays + (self.ended_at is not None)


_ONE = Prepared(select(webhooks).where(webhooks.c.id == bindparam("webhook")))
_LOCKED = Prepared(select(webhooks).where(webhooks.c.id == bindparam("webhook")).with_for_update())
_ACTIVE = Prepared(select(webhooks).where(webhooks.c.ended_at.is_(None)).order_by(webhooks.c.id))


async def find_webhook(connection: Connection, webhook_id: int) -> Webhook | None:
    """The webhook with that id, even if it has ended."""
    row = await connection.first(_ONE, webhook=webhook_id)
    return None if row is None else _webhook(row)


async def locked_webhook(connection: Connection, webhook_id: int) -> Webhook:
    """The webhook with that id, locked. Raises NotFound `unknown_webhook`, also if it has ended."""
    row = await connection.first(_LOCKED, webhook=webhook_id)
    if row is None or row.ended_at is not None:
        raise unknown_webhook(webhook_id)
    return _webhook(row)


def secret_place(webhook_id: int) -> str:
    """The encryption place of a secret."""
    return f"webhooks/{webhook_id}/secret"


def unknown_webhook(webhook_id: int) -> NotFound:
    """The error for an id without a webhook."""
    return NotFound("unknown_webhook", f"There is no webhook with the id {webhook_id}.")


async def active_webhooks(connection: Connection) -> list[Webhook]:
    """All webhooks that have not ended."""
    return [_webhook(row) for row in await connection.all(_ACTIVE)]


async def list_webhooks(connection: Connection, units: Collection[int] | None, after: int, most: int) -> list[Webhook]:
    """Webhooks that have not ended, by id, of these units (None: all)."""
    statement: Select[Any] = (
        select(webhooks).where(webhooks.c.ended_at.is_(None), webhooks.c.id > after).order_by(webhooks.c.id).limit(most)
    )
    if units is not None:
        statement = statement.where(webhooks.c.unit_id.in_(sorted(units)))
    return [_webhook(row) for row in await connection.all(statement)]


def _webhook(row: Row) -> Webhook:
    return Webhook(**{name: getattr(row, name) for name in Webhook.__slots__})
