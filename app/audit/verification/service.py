"""Compares the whole database with its journals: replays each, computes deadlines and counts again (rules §13)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.x509 import Certificate

from app import clock
from app.audit.seals.lines import SavedSeal
from app.audit.verification.check_clients import client_notes
from app.audit.verification.check_clocks import clock_notes
from app.audit.verification.check_codes import Codes
from app.audit.verification.check_database import orphan_differences, trigger_differences
from app.audit.verification.check_externals import twin_notes
from app.audit.verification.check_indexes import index_differences, index_notes
from app.audit.verification.check_keys import compatibility_differences, key_differences
from app.audit.verification.check_ledger import ledger_differences
from app.audit.verification.check_messages import message_differences, reminder_differences
from app.audit.verification.check_nulls import null_differences
from app.audit.verification.check_part import Part, PartResult, check_part
from app.audit.verification.check_responses import response_differences
from app.audit.verification.check_rollups import rollup_differences
from app.audit.verification.check_schema import schema_differences, schema_notes
from app.audit.verification.check_seals import seal_differences
from app.audit.verification.check_stamps import stamp_differences, stamp_notes
from app.audit.verification.coverage import unchecked_notes
from app.audit.verification.difference import Difference, foreign_row
from app.audit.verification.kept_seals import kept_differences, kept_notes
from app.audit.verification.processes import Helper, start_helpers
from app.audit.verification.resumptions import resumption_notes
from app.audit.verification.stored_dossiers import COUNT
from app.database import Connection, Database
from app.database.readable import READING_ERRORS, reason_of
from app.database.shared_state import shared
from app.ledger.adoption import adoption_notes
from app.rollups.roll_up import STORED
from app.rollups.scratch import copy_pending, read_scratch

__all__ = ["Difference", "notes", "verify"]

Progress = Callable[[int, int], None]

# The checks of whole tables, each with the name that it has in a difference when it cannot read one.
_CHECKS: Mapping[str, Callable[[Connection], Awaitable[list[Difference]]]] = {
    "ledger": ledger_differences,
    "triggers": trigger_differences,
    "schema_compatibility": compatibility_differences,
    "encryption_keys": key_differences,
    "outbox": message_differences,
    "reminders": reminder_differences,
    "idempotency_responses": response_differences,
    "nulls": null_differences,
}
# These open readings of their own.
_OF_DATABASE: Mapping[str, Callable[[Database], Awaitable[list[Difference]]]] = {
    "schema": schema_differences,
    "indexes": index_differences,
}


async def verify(
    database: Database,
    progress: Progress | None = None,
    saved_seals: Sequence[SavedSeal] | None = None,
    processes: int = 1,
    now: datetime | None = None,
    timestamp_roots: Sequence[Certificate] = (),
) -> list[Difference]:
    """All differences of the database, by dossier (rules §13).

    `saved_seals` were stored outside the database. Only they reveal a database that was rewritten with all its seals.
    None: there are none to compare. Without `timestamp_roots` no signature of a time stamp is checked. With more
    `processes`, each replays a range of the dossiers, and this one checks the seals. All see one state. The memory of
    each is bounded: counts go to temporary files.
    """
    with TemporaryDirectory(prefix="motcua-") as folder:
        at = now or clock.now()
        parts = [Part(number, processes, Path(folder) / f"counts-{number}.db", at) for number in range(processes)]
        async with _reading(database, parts if processes > 1 else []) as (connection, helpers):
            total = await connection.scalar(COUNT)
            done = _Done(progress, total)
            results = [] if helpers else [await check_part(connection, parts[0], done)]
            others, more = await asyncio.gather(
                _of_tables(database, connection, saved_seals, timestamp_roots, at),
                asyncio.gather(*(helper.result(done) for helper in helpers)),
            )
            results += more
            return await _differences(connection, parts, results, others, total)


async def _of_tables(
    database: Database,
    connection: Connection,
    saved: Sequence[SavedSeal] | None,
    roots: Sequence[Certificate],
    at: datetime,
) -> list[Difference]:
    differences = [] if saved is None else await kept_differences(connection, saved)
    differences += await _readable("seals", seal_differences(connection, at))
    differences += await _readable("seal_stamps", stamp_differences(connection, roots, at))
    for name, check in _CHECKS.items():
        differences += await _readable(name, check(connection))
    for name, whole in _OF_DATABASE.items():
        differences += await _readable(name, whole(database))
    return differences


async def _readable(name: str, check: Awaitable[list[Difference]]) -> list[Difference]:
    """The differences that a check finds. A row that it cannot read ends this check alone."""
    try:
        return await check
    except READING_ERRORS as error:
        return [Difference(name, None, "rows", "rows that can be read", reason_of(error))]


async def notes(
    database: Database,
    saved_seals: Sequence[SavedSeal] | None = None,
    timestamp_roots: Sequence[Certificate] = (),
) -> list[str]:
    """Lines that are no differences: restores, rows taken over, twins, clocks, stamps, and what the kept seals hold."""
    kept = [] if saved_seals is None else [kept_notes(database, saved_seals)]
    lines: list[str] = []
    for work in (
        resumption_notes(database),
        adoption_notes(database),
        twin_notes(database),
        client_notes(database),
        clock_notes(database),
        stamp_notes(database, timestamp_roots),
        *kept,
    ):
        try:
            lines += await work
        except READING_ERRORS as error:
            lines.append(f"A row cannot be read: {reason_of(error)}.")
    return lines


async def unchecked(database: Database) -> list[str]:
    """A line for each table, and for what else of the database, that nothing is compared with."""
    return [*unchecked_notes(), *await schema_notes(database), *await index_notes(database)]


@asynccontextmanager
async def _reading(database: Database, parts: list[Part]) -> AsyncIterator[tuple[Connection, list[Helper]]]:
    """A reading of this process, and helpers that check the parts in the same state of the database."""
    if not parts:
        async with database.reading(snapshot=True, heavy=True) as connection:
            yield connection, []
        return
    async with start_helpers(database, parts) as helpers, AsyncExitStack() as stack:

        async def share(state: str) -> None:
            for helper in helpers:
                await helper.begin(state)

        yield await stack.enter_async_context(shared(database, share)), helpers


class _Done:
    """The number of checked dossiers of all parts."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._number = 0

    def __call__(self, more: int) -> None:
        self._number += more
        if self._progress:
            self._progress(self._number, self._total)


async def _differences(
    connection: Connection, parts: list[Part], results: list[PartResult], others: list[Difference], total: int
) -> list[Difference]:
    """The differences of all parts, then `others`, then those between whole tables."""
    codes = Codes()
    for result in results:
        codes.merge(result.codes)
    differences = [difference for result in results for difference in result.differences]
    differences += others
    differences += await _readable("code_ordinals", codes.differences(connection))
    differences += await _readable("rows of missing dossiers", orphan_differences(connection))
    complete = sum(result.replayed for result in results) == total
    return [*differences, *await _figure_differences(connection, parts, complete=complete)]


async def _figure_differences(connection: Connection, parts: list[Part], *, complete: bool) -> list[Difference]:
    """Without the counts of every journal (`complete`) the rollups cannot be checked: those journals are named."""
    async with AsyncExitStack() as stack:
        counted = [await stack.enter_async_context(read_scratch(part.scratch)) for part in parts]
        pending = parts[0].scratch.with_name("pending.db")
        differences = [foreign_row("pending_increments", row) for row in await copy_pending(connection, pending)]
        stored = [connection, await stack.enter_async_context(read_scratch(pending))]
        for table in STORED if complete else ():
            differences += await _readable(table.name, rollup_differences(table, counted, stored))
        return differences
