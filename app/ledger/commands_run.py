"""Records in the ledger which command changes the database, before it begins (rules §13)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from app.database import Database
from app.database.readiness import admit_keys
from app.ledger.entries import COMMAND_LINE, Kind
from app.ledger.service import append

T = TypeVar("T")

# The subject of these entries, which is no table.
COMMAND = "command"


def recorded(
    command: str, details: Mapping[str, Any], work: Callable[[Database], Awaitable[T]], now: datetime
) -> Callable[[Database], Awaitable[T]]:
    """The work with an entry of the ledger before it, so that a command that was ended midway has its entry too."""

    async def run(database: Database) -> T:
        await record_command(database, command, details, now)
        return await work(database)

    return run


async def record_command(database: Database, command: str, details: Mapping[str, Any], now: datetime) -> None:
    """Appends the entry of a command with its details. They must have no personal data."""
    async with database.writing() as connection:
        change = (COMMAND, None, Kind.RUN, {"command": command, **details})
        await append(connection, [change], COMMAND_LINE, now)


async def admit_keys_on_record(database: Database, now: datetime) -> None:
    """Registers the first key as `admit_keys` does, and records when a key is used for the first time."""
    key = await admit_keys(database)
    if key is not None:
        await record_command(database, "key admitted", {"key": key.id, "check": key.check}, now)
