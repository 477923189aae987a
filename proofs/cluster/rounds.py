"""One round: a load, a fault during it, and the comparison of the register with what was acknowledged."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import asyncpg

from proofs.cluster.box import Box, Way
from proofs.cluster.faults import Fault
from proofs.cluster.load import Load
from proofs.cluster.report import Result, result_of

# Seconds of load before the fault, and after all nodes are back.
_BEFORE, _AFTER = 2.0, 2.0
_ENTRIES = "SELECT content::jsonb ->> 'note' AS key FROM entry_texts WHERE content::jsonb ->> 'note' = ANY($1)"


def tried(box: Box, fault: Fault, way: Way, number: int, *, verified: bool = True) -> Result:
    """The result of a fault, once, on a cluster whose nodes are all well.

    `verified`: `motcua verify` checks the whole register after it. Raises TimeoutError if a part of the cluster does
    not come back.
    """
    box.wait_until_healthy()
    if way != box.way or fault.place is not None:
        box.serve(way, fault.place or 0)
    load = Load(box.address, box.token())
    asyncio.run(_loaded(box, fault, load))
    entries = asyncio.run(_entries(box.url, load.ledger.sent))
    return result_of(load, fault, way, number, entries, box.verification_error() if verified else None)


async def _loaded(box: Box, fault: Fault, load: Load) -> None:
    running = asyncio.create_task(load.run())
    try:
        await asyncio.sleep(_BEFORE)
        # In a thread, so that the clients continue to send requests.
        await asyncio.to_thread(fault.run, box)
        await asyncio.to_thread(box.wait_until_healthy)
        await asyncio.sleep(_AFTER)
    finally:
        load.stop()
        await running


async def _entries(url: str, keys: Sequence[str]) -> Mapping[str, int]:
    """The number of journal entries for each key of a change."""
    connection = await asyncpg.connect(url)
    try:
        return Counter(row["key"] for row in await connection.fetch(_ENTRIES, list(keys)))
    finally:
        await connection.close()
