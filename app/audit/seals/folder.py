"""Copies each seal into a folder outside the database, one file each, and never replaces one."""

import asyncio
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.audit.seals.encoding import Seal
from app.audit.seals.lines import line
from app.audit.seals.queries import oldest_seals
from app.database import Database
from app.domain.errors import Conflict

# Seals read by one statement.
_AT_ONCE = 500
_NAME = re.compile(r"seal-(\d{9})-([0-9a-f]{64})\.json")


async def copy_seals(database: Database, folder: Path) -> int:
    """Writes the seals that the folder lacks after its newest one; their number.

    Raises Conflict `seals_differ` if the newest seal of the folder is another one in the register. Raises OSError if
    the folder cannot be written.
    """
    written, (after, digits) = 0, await asyncio.to_thread(_newest, folder)
    if after:
        async with database.reading() as connection:
            same = await oldest_seals(connection, after - 1, 1)
        if not same or (same[0].number, same[0].hash) != (after, digits):
            raise Conflict("seals_differ", f"The seal {after} of the register is not the one in the folder of seals.")
    while True:
        async with database.reading() as connection:
            page = await oldest_seals(connection, after, _AT_ONCE)
        if not page:
            return written
        await asyncio.to_thread(_write, folder, page)
        written, after = written + len(page), page[-1].number


def _newest(folder: Path) -> tuple[int, str]:
    """Number and hash of the newest seal in the folder; 0 without one."""
    names = [match for entry in os.scandir(folder) if (match := _NAME.fullmatch(entry.name))]
    return max(((int(match[1]), match[2]) for match in names), default=(0, ""))


def _write(folder: Path, seals: Sequence[Seal]) -> None:
    for seal in seals:
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".seal-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(line(seal) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o444)
            # Another worker may have written it. A link never replaces a file.
            with suppress(FileExistsError):
                os.link(temporary, folder / f"seal-{seal.number:09}-{seal.hash}.json")
        finally:
            Path(temporary).unlink()
