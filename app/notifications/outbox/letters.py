"""Letters: what a message becomes once its recipient's address is looked up, by mail or by a gateway for phones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.database import Connection, Database
from app.notifications.outbox.messages import Message, NobodyLeft

# Of what a mail server takes only what no header can be broken with; people's own domains are written in ASCII.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9]{8,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to an address; where there is little room, `short` stands for all of it."""

    to: str
    subject: str
    text: str
    short: str


class Composer(Protocol):
    """Makes letters of the messages to one kind of recipient."""

    async def __call__(self, connection: Connection, message: Message, now: datetime) -> Letter:
        """The letter, with the address as it stands now; raises NobodyLeft where there is none."""


class Composers:
    """The composers by what a message's recipient begins with, up to a colon."""

    def __init__(self, database: Database, composers: Mapping[str, Composer]) -> None:
        self._database = database
        self._composers = composers

    async def letter(self, message: Message, now: datetime) -> Letter:
        """The message as a letter. Raises NobodyLeft."""
        composer = self._composers.get(message.recipient.partition(":")[0])
        if composer is None:
            raise NobodyLeft
        async with self._database.reading() as connection:
            return await composer(connection, message, now)


def email_of(written: str | None) -> str | None:
    """The e-mail address that somebody wrote, None where it is none that mail can be sent to."""
    address = (written or "").strip()
    return address if _EMAIL.fullmatch(address) else None


def phone_of(written: str | None) -> str | None:
    """The telephone number that somebody wrote, without what stands between its digits; None where it is none."""
    number = re.sub(r"[\s.\-()]+", "", written or "")
    return number if _PHONE.fullmatch(number) else None
