"""What happened to dossiers, from the rows that changes have left: each entry with the state that it led to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.database import Connection, Prepared
from app.database.locks import Lock, try_acquire
from app.database.tables import dossiers, entries, outbox_events
from app.domain.actions import Action, Entry
from app.domain.lifecycle import states
from app.domain.state import DossierState

# Events that are settled in one transaction.
MOST = 200
# Any number that nothing else on the database locks.
_LOCK = 0x6D6F740B
_ANY = Prepared(select(outbox_events.c.id).where(outbox_events.c.webhook_id.is_(None)).limit(1))
_EVENTS = Prepared(
    select(outbox_events.c.id, outbox_events.c.dossier_id, outbox_events.c.sequence)
    .where(outbox_events.c.webhook_id.is_(None))
    .order_by(outbox_events.c.id)
    .limit(MOST)
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a dossier's journal: `state` is what the dossier was after it, as it was known then."""

    dossier_id: int
    code: str
    procedure_id: int
    entry: Entry
    state: DossierState

    @property
    def units(self) -> frozenset[int]:
        """The units that have to do with it: those of the dossier after it, and the one that did it."""
        state = self.state
        return frozenset({self.entry.unit, state.counter_unit, state.holder_unit, state.responsible_unit})


async def any_waiting(connection: Connection) -> bool:
    """Whether there is an entry of which it is not settled whom to tell."""
    return await connection.first(_ANY) is not None


async def alone(connection: Connection) -> bool:
    """Whether this transaction alone settles whom to tell, until it ends: so a dossier's messages keep their order."""
    return await try_acquire(connection, Lock.OUTBOX)


async def waiting(connection: Connection) -> tuple[list[int], list[Happening]]:
    """The next entries of which it is not settled whom to tell, oldest first, and the ids of their rows."""
    rows = await connection.all(_EVENTS)
    return [row.id for row in rows], await happenings(connection, [(row.dossier_id, row.sequence) for row in rows])


async def settled(connection: Connection, ids: Sequence[int]) -> None:
    """It is written down who is told of these."""
    await connection.run(delete(outbox_events).where(outbox_events.c.id.in_(list(ids))))


async def happenings(connection: Connection, places: Sequence[tuple[int, int]]) -> list[Happening]:
    """The entries at these places, as (dossier id, sequence), in the same order."""
    if not places:
        return []
    ids = sorted({dossier for dossier, _ in places})
    known = select(dossiers.c.id, dossiers.c.code, dossiers.c.procedure_id).where(dossiers.c.id.in_(ids))
    about = {row.id: row for row in await connection.all(known)}
    journals = await _journals(connection, ids)
    found = []
    for dossier, sequence in places:
        # As it was known then: a later correction is told by an entry of its own.
        journal = [one for one in journals[dossier] if one.sequence <= sequence]
        row = about[dossier]
        found.append(Happening(dossier, row.code, row.procedure_id, journal[-1], states(journal)[-1]))
    return found


async def _journals(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Entry]]:
    statement = (
        select(
            entries.c.dossier_id,
            entries.c.sequence,
            entries.c.type,
            entries.c.occurred_at,
            entries.c.recorded_at,
            entries.c.unit_id,
            entries.c.data,
        )
        .where(entries.c.dossier_id.in_(list(ids)))
        .order_by(entries.c.dossier_id, entries.c.sequence)
    )
    journals: dict[int, list[Entry]] = defaultdict(list)
    for row in await connection.all(statement):
        entry = Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
        journals[row.dossier_id].append(entry)
    return journals
