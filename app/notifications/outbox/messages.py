"""A message of the outbox: how it is put there, once for each occasion, and how a sender says what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from app.database import Connection, Prepared, Row
from app.database.tables import outbox

_GIVEN = (
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
_PUT = Prepared(
    insert(outbox)
    .values({name: bindparam(name, type_=outbox.c[name].type) for name in _GIVEN} | {"state": "pending"})
    .on_conflict_do_nothing(index_elements=[outbox.c.occasion])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A message to be sent at `next_at`; the same occasion is put into the outbox once, however often it is wanted."""

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
    """A message that a worker has claimed until `claimed_until`."""

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


class NotAccepted(Exception):
    """The other side did not take a message; `final`: nor will it take it later.

    `everything`: it takes nothing just now, so that its other messages need not be tried. `error` is a word for the
    kind of failure, without anything that the other side said.
    """

    def __init__(self, error: str, *, final: bool = False, everything: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.final = final
        self.everything = everything


class NotNow(Exception):
    """The message has to wait until `then`; that it was looked at is no attempt."""

    def __init__(self, then: datetime) -> None:
        super().__init__()
        self.then = then


class NobodyLeft(Exception):
    """Whom the message was for has no address any more: there is nothing to send."""


class Sender(Protocol):
    """Sends messages of one channel."""

    async def __call__(self, message: Message, now: datetime) -> None:
        """Returns once the other side has accepted it; raises NotAccepted, NotNow and NobodyLeft."""


async def put(connection: Connection, wanted: Sequence[Wanted], now: datetime) -> None:
    """Puts messages into the outbox, but for those whose occasion is there already."""
    given = [name for name in _GIVEN if name != "created_at"]
    rows = [{**{name: getattr(item, name) for name in given}, "created_at": now} for item in wanted]
    await connection.run_many(_PUT, rows)


def message_of(row: Row) -> Message:
    """The message in a row of `outbox`."""
    return Message(**{name: getattr(row, name) for name in Message.__slots__})
