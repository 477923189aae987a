"""Letters: messages with text and current address, for mail or a phone gateway."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.database import Connection, Database
from app.notifications.outbox.messages import Message, NoRecipient

# A safe subset of valid addresses: nothing that could break a header, and domains in ASCII.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9]{8,15}", re.ASCII)


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


def email_of(written: str | None) -> str | None:
    """The e-mail address in a text; None if it is not valid."""
    address = (written or "").strip()
    return address if _EMAIL.fullmatch(address) else None


def phone_of(written: str | None) -> str | None:
    """The telephone number in a text, without separators; None if it is not valid."""
    number = re.sub(r"[\s.\-()]+", "", written or "")
    return number if _PHONE.fullmatch(number) else None
