"""Seals as lines to print, publish and keep, and read again."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from app.audit.seals.encoding import Seal, seal_content
from app.audit.seals.queries import last_seal, oldest_seals
from app.audit.seals.service import seal
from app.database import Connection, Database
from app.domain.errors import Invalid
from app.domain.localtime import local

_AT_ONCE = 500


class KeptSeal(NamedTuple):
    """A seal that somebody has kept."""

    number: int
    hash: str
    content: str


async def sealed(database: Database, now: datetime) -> list[str]:
    """Seals all that is recorded by now; the lines of the seals made, or of the newest where nothing was new."""
    made = await seal(database, now)
    if not made:
        async with database.reading() as connection:
            last = await last_seal(connection)
        made = [last] if last else []
    return [line(item) for item in made]


async def all_lines(database: Database) -> list[str]:
    """The line of every seal, the oldest first."""
    async with database.reading() as connection:
        return [line(item) async for item in every_seal(connection)]


async def table(database: Database) -> list[str]:
    """A line for people for every seal, the oldest first."""
    async with database.reading() as connection:
        return [
            f"{item.number:>6}  {item.date}  {item.count:>8}  {local(item.sealed_at):%Y-%m-%d %H:%M:%S}  {item.hash}"
            async for item in every_seal(connection)
        ]


async def every_seal(connection: Connection) -> AsyncIterator[Seal]:
    """All seals, the oldest first, so many read at a time."""
    after = 0
    while found := await oldest_seals(connection, after, _AT_ONCE):
        for item in found:
            yield item
        after = found[-1].number


def line(one: Seal) -> str:
    """A seal as one line of JSON: what it says, to the letter, and its hash."""
    shown = {"number": one.number, "hash": one.hash, "content": seal_content(one)}
    return json.dumps(shown, ensure_ascii=False)


def kept_in(path: Path) -> list[KeptSeal]:
    """The seals in a file of such lines, or of answers of `GET /seals`, one a line.

    Raises Invalid `seals_unreadable` where a line is neither.
    """
    return list(_kept(path))


def _kept(path: Path) -> Iterator[KeptSeal]:
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            read = json.loads(text)
            for item in read.get("items", [read]):
                yield KeptSeal(int(item["number"]), str(item["hash"]), str(item["content"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Invalid("seals_unreadable", f"Line {number} of {path} is no seal.") from None
