"""Messages of the outbox, and the exceptions of senders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Prepared, Row
from app.database.resumptions import generation
from app.database.tables import outbox

_COLUMNS = (
    "occasion",
    "channel",
    "kind",
    "recipient",
    "stream",
    "dossier_id",
    "sequence",
    "unit_id",
    "data",
    "created_at",
    "next_at",
)
_VALUES = {name: bindparam(name, type_=outbox.c[name].type) for name in _COLUMNS}
_PUT = Prepared(
    insert(outbox)
    # Receivers know the occasion as the id of a message. After a restore they drop a message with an id they know.
    .values(_VALUES | {"occasion": _VALUES["occasion"] + generation(), "state": "pending"})
    .on_conflict_do_nothing(index_elements=[outbox.c.occasion])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message to send at `next_at`. A second message with the same `occasion` is not stored."""

    occasion: str
    channel: str
    kind: str
    recipient: str
    data: Mapping[str, Any]
    next_at: datetime
    stream: str | None = None
    dossier_id: int | None = None
    sequence: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a worker has claimed."""

    id: int
    occasion: str
    channel: str
    kind: str
    recipient: str
    dossier_id: int | None
    data: Mapping[str, Any]
    attempts: int
    created_at: datetime
    claim: str


class DeliveryFailure(Exception):
    """The receiver did not accept a message; `permanent`: no attempt can succeed.

    `of_receiver`: the receiver accepts no messages at present, so others are not tried. `error` is the kind of failure,
    without any text from the receiver.
    """

    def __init__(self, error: str, *, permanent: bool = False, of_receiver: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.permanent = permanent
        self.of_receiver = of_receiver


class Deferral(Exception):
    """The message waits until `then`. This does not count as an attempt."""

    def __init__(self, then: datetime) -> None:
        super().__init__()
        self.then = then


class NoRecipient(Exception):
    """The recipient no longer has an address, or the message no longer has content."""


class Sender(Protocol):
    """Sends the messages of one channel."""

    async def __call__(self, message: Message, now: datetime) -> None:
        """Returns once the receiver has accepted it. Raises DeliveryFailure, Deferral and NoRecipient."""


async def put(connection: Connection, messages: Sequence[OutboxMessage], now: datetime) -> None:
    """Stores messages in the outbox, except those with an occasion that it has already."""
    names = [name for name in _COLUMNS if name != "created_at"]
    rows = [{**{name: getattr(message, name) for name in names}, "created_at": now} for message in messages]
    await connection.run_many(_PUT, rows)


def message_of(row: Row) -> Message:
    """The message in a row of `outbox`."""
    return Message(**{name: getattr(row, name) for name in Message.__slots__})
