"""Reads the dossiers that a reform would concern, for a dry run."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from app.database import Connection
from app.dossiers.queries import Dossier, dossier_of
from app.dossiers.reforms.batches import BATCHES

_CHUNK = 500
# Above every id, and within the range of ids on both databases.
_HIGHEST = 2**62


async def concerned_by(connection: Connection, kind: str, parameters: Mapping[str, Any]) -> AsyncIterator[Dossier]:
    """The dossiers by id, without a lock."""
    batches, after = BATCHES[kind], 0
    bounds = batches.bounds(parameters)
    while True:
        rows = await connection.all(batches.plain, after=after, upto=_HIGHEST, most=_CHUNK, **bounds)
        for row in rows:
            yield dossier_of(connection.ring, row)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].id
