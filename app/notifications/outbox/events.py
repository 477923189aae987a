"""Events: new journal entries with the state of the dossier after them, from rows queued by each change."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.database import Connection, Prepared
from app.database.locks import Lock, try_acquire
from app.database.tables import dossiers, entries, outbox_events
from app.domain.actions import Action, Entry
from app.domain.calls import Call, Recorded, calls, states_as_recorded
from app.domain.lifecycle import voided_by
from app.domain.state import DossierState

# Events processed in one transaction.
MOST = 200
_ANY = Prepared(select(outbox_events.c.id).where(outbox_events.c.webhook_id.is_(None)).limit(1))
_EVENTS = Prepared(
    select(outbox_events.c.id, outbox_events.c.dossier_id, outbox_events.c.sequence)
    .where(outbox_events.c.webhook_id.is_(None))
    .order_by(outbox_events.c.id)
    .limit(MOST)
)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a dossier's journal; `state` is the dossier after it, by the journal up to it.

    `voided`: a later entry says that it was made by mistake. `call` is the call that it began; None for an entry that
    another one brought along.
    """

    dossier_id: int
    code: str
    procedure_id: int
    entry: Entry
    state: DossierState
    call: Call | None
    voided: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """The dossier and the sequence of the entry."""
        return self.dossier_id, self.entry.sequence

    @property
    def units(self) -> frozenset[int]:
        """The units concerned: those of the dossier after the entry, and the unit of the entry."""
        state = self.state
        return frozenset({self.entry.unit, state.counter_unit, state.holder_unit, state.responsible_unit})


async def has_pending(connection: Connection) -> bool:
    """Whether an event is pending."""
    return await connection.first(_ANY) is not None


async def lock_events(connection: Connection) -> bool:
    """Locks event processing until the transaction ends, to keep messages in order. False if it is locked already."""
    return await try_acquire(connection, Lock.OUTBOX)


async def pending_events(connection: Connection) -> tuple[list[int], list[Event]]:
    """The ids of the rows of the next pending events, and the events, oldest first."""
    rows = await connection.all(_EVENTS)
    return [row.id for row in rows], await events_at(connection, [(row.dossier_id, row.sequence) for row in rows])


async def delete_events(connection: Connection, ids: Sequence[int]) -> None:
    """Deletes processed events."""
    await connection.run(delete(outbox_events).where(outbox_events.c.id.in_(list(ids))))


async def events_at(connection: Connection, places: Sequence[tuple[int, int]]) -> list[Event]:
    """The events for these pairs of dossier id and sequence, in the same order."""
    if not places:
        return []
    ids = sorted({dossier for dossier, _ in places})
    statement = select(dossiers.c.id, dossiers.c.code, dossiers.c.procedure_id).where(dossiers.c.id.in_(ids))
    rows = {row.id: row for row in await connection.all(statement)}
    events: dict[tuple[int, int], Event] = {}
    for dossier, journal in (await _journals(connection, ids)).items():
        row, entries = rows[dossier], [record.entry for record in journal]
        by_entry = {call.entry.sequence: call for call in calls(journal)}
        voided = {voided_by(entry) for entry in entries}
        for entry, state in zip(entries, states_as_recorded(entries), strict=True):
            call, place = by_entry.get(entry.sequence), (dossier, entry.sequence)
            events[place] = Event(dossier, row.code, row.procedure_id, entry, state, call, entry.sequence in voided)
    return [events[place] for place in places]


async def _journals(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Recorded]]:
    statement = (
        select(
            entries.c.dossier_id,
            entries.c.sequence,
            entries.c.type,
            entries.c.occurred_at,
            entries.c.recorded_at,
            entries.c.unit_id,
            entries.c.data,
            entries.c.client,
        )
        .where(entries.c.dossier_id.in_(list(ids)))
        .order_by(entries.c.dossier_id, entries.c.sequence)
    )
    journals: dict[int, list[Recorded]] = defaultdict(list)
    for row in await connection.all(statement):
        entry = Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
        journals[row.dossier_id].append(Recorded(entry, row.client))
    return journals
