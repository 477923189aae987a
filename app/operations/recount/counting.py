"""Counts the journals of a recount, some thousand dossiers at a time, and repairs the rows that lists read."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Table, bindparam, delete, func, select

from app.audit.verification.check_row import fact_differences, payment_differences
from app.audit.verification.journal_versions import count_into, journal_of, versions
from app.audit.verification.stored_dossiers import StoredDossier, chunks
from app.database import Connection, Database, Prepared, Row
from app.database.tables import dossiers, entries, occurrences, payments, spans
from app.domain.money import payments as payments_of
from app.dossiers.rows import payment_rows
from app.operations.recount import progress
from app.operations.recount.apart import APART
from app.rollups.facts import project
from app.rollups.increments import Counts
from app.rollups.roll_up import write
from app.rollups.service import rows_of

# Dossiers between two stored positions. A killed recount loses the work on at most so many.
_STEP = 5000
# Dossiers of one transaction that repairs. Changes of them wait for it.
_REPAIRED_AT_ONCE = 50

_FIRST_AFTER = Prepared(
    select(entries.c.dossier_id, func.min(entries.c.sequence).label("sequence"))
    .where(entries.c.dossier_id.between(bindparam("first"), bindparam("last")), entries.c.id > bindparam("last_entry"))
    .group_by(entries.c.dossier_id)
)
_LOCK = Prepared(
    select(dossiers.c.id)
    .where(dossiers.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(dossiers.c.id)
    .with_for_update()
)
_LATER = Prepared(
    select(entries.c.id)
    .where(entries.c.dossier_id.in_(bindparam("ids", expanding=True)), entries.c.id > bindparam("last_entry"))
    .limit(1)
)
_REPAIRED = (spans, occurrences, payments)
_DELETE = [
    Prepared(delete(table).where(table.c.dossier_id.in_(bindparam("ids", expanding=True)))) for table in _REPAIRED
]


@dataclass(slots=True)
class _Step:
    """Counted dossiers up to the id `upto`, and those of them with wrong spans, occurrences or payments."""

    upto: int
    number: int = 0
    counts: Counts = field(default_factory=Counts)
    wrong: list[int] = field(default_factory=list)


async def count_step(database: Database, run: Row) -> None:
    """Counts the next dossiers of the recount, and stores the counts with its position in one transaction.

    Raises the errors of replaying a broken journal.
    """
    step = await _counted(database, run)
    for start in range(0, len(step.wrong), _REPAIRED_AT_ONCE):
        await _repair(database, run, step.wrong[start : start + _REPAIRED_AT_ONCE])
    async with database.writing() as connection:
        if await progress.advance(connection, run, step.upto, step.number):
            await write(connection, step.counts, APART)


async def _counted(database: Database, run: Row) -> _Step:
    step = _Step(run.last_dossier)
    async with (
        database.reading(snapshot=True, heavy=True) as connection,
        aclosing(chunks(connection, run.position, run.last_dossier)) as reader,
    ):
        async for chunk in reader:
            bounds = {"first": chunk[0].id, "last": chunk[-1].id, "last_entry": run.last_entry}
            later = {row.dossier_id: row.sequence for row in await connection.all(_FIRST_AFTER, **bounds)}
            for dossier in chunk:
                _count(dossier, later.get(dossier.id), step)
            step.number += len(chunk)
            if step.number >= _STEP:
                step.upto = chunk[-1].id
                break
    return step


def _count(dossier: StoredDossier, later: int | None, step: _Step) -> None:
    """Counts the journal before the entry `later`, which was written since the recount began."""
    history = list(versions(journal_of(dossier.journal)))
    if later is None:
        facts = count_into(step.counts, history, dossier.journal)
    else:
        facts = project(history[-1])
        journal = dossier.journal[: later - 1]
        if journal:
            count_into(step.counts, list(versions(journal_of(journal))), journal)
    differences = chain(fact_differences(dossier, facts), payment_differences(dossier, history[-1]))
    if any(True for _difference in differences):
        step.wrong.append(dossier.id)


async def _repair(database: Database, run: Row, ids: Sequence[int]) -> None:
    """Writes the spans, occurrences and payments of some dossiers again, from their present journals."""
    async with database.writing() as connection:
        await connection.all(_LOCK, ids=ids)
        rows = [row for number in ids for row in await _fact_rows(connection, number)]
        for statement in _DELETE:
            await connection.run(statement, ids=ids)
        for table in _REPAIRED:
            await connection.insert_many(table, [row for of, row in rows if of is table])
        # An increment that was computed beside wrong spans may be wrong.
        if await connection.scalar(_LATER, ids=ids, last_entry=run.last_entry) is not None:
            await progress.require_another(connection)


async def _fact_rows(connection: Connection, dossier_id: int) -> list[tuple[Table, dict[str, object]]]:
    async for (dossier,) in chunks(connection, dossier_id - 1, dossier_id):
        *_earlier, history = versions(journal_of(dossier.journal))
        money = [(payments, row) for row in payment_rows(dossier_id, payments_of(history))]
        return [*rows_of(dossier_id, *project(history)), *money]
    return []
