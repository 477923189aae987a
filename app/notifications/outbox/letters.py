"""Letters: messages with text and current address, for mail or a phone gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.database import Connection, Database
from app.notifications.outbox.messages import Message, NoRecipient


@dataclass(frozen=True, slots=True)
class Letter:
    """A text for an address; `short` is the text for phones."""

    to: str
    subject: str
    text: str
    short: str


class Composer(Protocol):
    """Writes the letters to one kind of recipient."""

    async def __call__(self, connection: Connection, message: Message, now: datetime) -> Letter:
        """The letter with the current address. Raises NoRecipient without one."""


class Composers:
    """The composers by the kind of recipient: the part of `Message.recipient` before a colon."""

    def __init__(self, database: Database, composers: Mapping[str, Composer]) -> None:
        self._database = database
        self._composers = composers

    async def letter(self, message: Message, now: datetime) -> Letter:
        """The message as a letter. Raises NoRecipient."""
        composer = self._composers.get(message.recipient.partition(":")[0])
        if composer is None:
            raise NoRecipient
        async with self._database.reading() as connection:
            return await composer(connection, message, now)
