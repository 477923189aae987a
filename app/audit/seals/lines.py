"""Writes seals as lines, to print or publish, and reads saved lines."""

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
from app.domain.localtime import to_second

# Seals read by one statement.
_AT_ONCE = 500


class SavedSeal(NamedTuple):
    """A seal saved outside the database."""

    number: int
    hash: str
    content: str


async def new_lines(database: Database, now: datetime) -> list[str]:
    """Seals all entries so far; the lines of the new seals, or of the last seal without new entries."""
    made = await seal(database, now)
    if not made:
        async with database.reading() as connection:
            last = await last_seal(connection)
        made = [last] if last else []
    return [line(item) for item in made]


async def all_lines(database: Database) -> list[str]:
    """The lines of all seals, the oldest first."""
    async with database.reading() as connection:
        return [line(item) async for item in every_seal(connection)]


async def table(database: Database) -> list[str]:
    """The rows of a table of all seals, the oldest first."""
    async with database.reading() as connection:
        return [
            f"{item.number:>6}  {item.date}  {item.count:>8}  {to_second(item.sealed_at)}  {item.hash}"
            async for item in every_seal(connection)
        ]


async def every_seal(connection: Connection, after: int = 0) -> AsyncIterator[Seal]:
    """All seals with numbers above `after`, the oldest first."""
    while page := await oldest_seals(connection, after, _AT_ONCE):
        for stored in page:
            yield stored
        after = page[-1].number


def line(seal: Seal) -> str:
    """A seal as one line of JSON: number, hash and exact content."""
    shown = {"number": seal.number, "hash": seal.hash, "content": seal_content(seal)}
    return json.dumps(shown, ensure_ascii=False)


def read_saved(path: Path) -> list[SavedSeal]:
    """The seals in a file; each line is one of `line`, or a response of `GET /seals`.

    Raises Invalid `seals_unreadable` for any other line.
    """
    return list(_saved(path))


def _saved(path: Path) -> Iterator[SavedSeal]:
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            read = json.loads(text)
            for item in read.get("items", [read]):
                yield SavedSeal(int(item["number"]), str(item["hash"]), str(item["content"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Invalid("seals_unreadable", f"Line {number} of {path} is not a seal.") from None
