"""Compares the seals with those kept outside the database, and says which none of these holds (rules §13)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from app.audit.seals.lines import SavedSeal
from app.audit.verification.difference import Difference
from app.database import Connection, Database, Prepared
from app.database.tables import seals
from app.domain.hash_chain import hash_of

# Seals compared by one statement.
_AT_ONCE = 500
# Greater numbers fit no column.
_HIGHEST = 2**31 - 1

_HASHES = Prepared(select(seals.c.number, seals.c.hash).where(seals.c.number.in_(bindparam("numbers", expanding=True))))
_LAST = Prepared(select(func.coalesce(func.max(seals.c.number), 0)))


class _Comparison(NamedTuple):
    """The differences, the number of kept seals that agree, and the highest number of one."""

    differences: list[Difference]
    agree: int
    highest: int


async def kept_differences(connection: Connection, saved: Sequence[SavedSeal]) -> list[Difference]:
    """Seals that differ from the kept ones. No kept seal at all is a difference: nothing was compared."""
    if not saved:
        return [Difference("kept seals", None, "number", "at least 1", 0)]
    return (await _compared(connection, saved)).differences


async def kept_notes(database: Database, saved: Sequence[SavedSeal]) -> list[str]:
    """Lines that say how many kept seals were compared, and which seals no kept one holds.

    A seal holds all before it, because each has the hash of the one before.
    """
    async with database.reading() as connection:
        compared, last = await _compared(connection, saved), await connection.scalar(_LAST)
    lines = [f"{len(saved)} kept seals were compared, and {compared.agree} of them agree."]
    if compared.highest < last:
        lines.append(f"No kept seal holds the seals {compared.highest + 1} to {last}: only the register itself does.")
    return lines


async def _compared(connection: Connection, saved: Sequence[SavedSeal]) -> _Comparison:
    differences, agree, highest = list[Difference](), 0, 0
    for start in range(0, len(saved), _AT_ONCE):
        some = saved[start : start + _AT_ONCE]
        numbers = sorted({seal.number for seal in some if 0 < seal.number <= _HIGHEST})
        hashes = {row.number: row.hash for row in await connection.all(_HASHES, numbers=numbers)}
        for seal in some:
            faults = list(_faults(seal, hashes))
            differences += faults
            if not faults:
                agree, highest = agree + 1, max(highest, seal.number)
    return _Comparison(differences, agree, highest)


def _faults(seal: SavedSeal, hashes: Mapping[int, str]) -> Iterator[Difference]:
    if hash_of(seal.content) != seal.hash:
        yield Difference(f"saved seal {seal.number}", None, "hash", hash_of(seal.content), seal.hash)
    elif hashes.get(seal.number) != seal.hash:
        yield Difference(f"seal {seal.number}", None, "hash of the saved seal", seal.hash, hashes.get(seal.number))
