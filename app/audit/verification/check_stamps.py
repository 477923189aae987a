"""Checks the time stamps of seals: digest, signature, time (rules §13)."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta

from cryptography.x509 import Certificate

from app.audit.seals.encoding import Seal
from app.audit.seals.lines import every_seal
from app.audit.seals.queries import oldest_seals
from app.audit.seals.stamp_queries import StoredStamp, oldest_stamps, stamp_times
from app.audit.seals.stamps import read_stamp, stamp_faults
from app.audit.verification.difference import Difference
from app.database import Connection, Database, Row

# Stamps read by one statement. Each has some kilobytes.
_AT_ONCE = 100


async def stamp_differences(connection: Connection, roots: Sequence[Certificate], now: datetime) -> list[Difference]:
    """Stamps that are changed, foreign, or of no seal. Without `roots` no signature is checked."""
    differences: list[Difference] = []
    async for stored in _every_stamp(connection):
        seals = await oldest_seals(connection, stored.seal - 1, 1)
        seal = seals[0] if seals and seals[0].number == stored.seal else None
        differences += _differences(stored, seal, roots, now)
    return differences


def _differences(
    stored: StoredStamp, seal: Seal | None, roots: Sequence[Certificate], now: datetime
) -> Iterator[Difference]:
    name = f"stamp of seal {stored.seal}"
    if seal is None:
        yield Difference(name, None, "seal", "a row", None)
        return
    try:
        stamp = read_stamp(stored.content())
    except ValueError as error:
        yield Difference(name, None, "response", "a time stamp that can be read", error)
        return
    if stored.stamped_at != stamp.time:
        yield Difference(name, None, "stamped_at", stamp.time, stored.stamped_at)
    for fault in stamp_faults(seal, stamp, roots, now):
        yield Difference(name, None, *fault)


async def stamp_notes(database: Database, roots: Sequence[Certificate]) -> list[str]:
    """What the stamps cover, the longest time that a seal waited for a stamp, and if no signature was checked."""
    async with database.reading() as connection:
        stamps = await stamp_times(connection)
        if not stamps:
            return ["No seal has a time stamp."] if roots else []
        wait, number = timedelta.min, 0
        async for item in _waits(connection, stamps):
            wait, number = max((wait, number), item)
    lines = [f"{len(stamps)} time stamps cover the seals up to {stamps[-1].seal}."]
    if number:
        lines.append(f"Seal {number} waited longest for a time stamp: {wait}.")
    if not roots:
        lines.append("The signatures of the time stamps are not checked: MOTCUA_TIMESTAMP_CA is not set.")
    return lines


async def _waits(connection: Connection, stamps: Sequence[Row]) -> AsyncIterator[tuple[timedelta, int]]:
    """The time from each covered seal to the first stamp over it, with the number of the seal."""
    covering = iter(stamps)
    stamp = next(covering)
    async for seal in every_seal(connection):
        while stamp.seal < seal.number:
            if (following := next(covering, None)) is None:
                return
            stamp = following
        yield stamp.stamped_at - seal.sealed_at, seal.number


async def _every_stamp(connection: Connection) -> AsyncIterator[StoredStamp]:
    after = 0
    while page := await oldest_stamps(connection, after, _AT_ONCE):
        for stored in page:
            yield stored
        after = page[-1].seal
