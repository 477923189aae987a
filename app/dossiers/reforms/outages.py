"""Records an announced outage of a system as a suspension of many dossiers at once (rules §5)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import dossiers
from app.domain.actions import ActionRequest
from app.domain.decisions import decide
from app.domain.lifecycle import Action, Entry, apply
from app.domain.localtime import local_date
from app.domain.state import Clock
from app.dossiers import recording
from app.dossiers.queries import Dossier, dossier_of, dossier_select
from app.dossiers.rows import EntryRecord

_CHUNK = 500
_RUNNING = Prepared(
    dossier_select()
    .where(
        dossiers.c.open.is_(True),
        dossiers.c.clock == Clock.RUNNING.value,
        dossiers.c.received_date <= bindparam("last_day"),
        dossiers.c.id > bindparam("after"),
    )
    .order_by(dossiers.c.id)
    .limit(_CHUNK)
)


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage from `start` to `end`, by the owner's notice, for units and procedures; None means all procedures."""

    units: frozenset[int]
    procedures: frozenset[int] | None
    start: datetime
    end: datetime
    notice: str

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of the journal entry."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat(), "notice": self.notice}


@dataclass(frozen=True, slots=True)
class SuspendedDossier:
    """A dossier that the outage suspends, and the data of its entry."""

    dossier: Dossier
    data: dict[str, Any]


async def suspended_by(
    connection: Connection, reference: Reference, outage: Outage, now: datetime
) -> AsyncIterator[SuspendedDossier]:
    """The dossiers that the outage suspends. A dossier with the same notice is left out."""
    after = 0
    while True:
        rows = await connection.all(_RUNNING, last_day=local_date(outage.end), after=after)
        for row in rows:
            dossier = dossier_of(connection.ring, row)
            state = dossier.state
            if state.responsible_unit not in outage.units or state.procedure_version is None:
                continue
            if outage.procedures is not None and dossier.procedure_id not in outage.procedures:
                continue
            assert state.received_at is not None
            law = reference.law(state.procedure_version, state.receiving_unit, state.received_at)
            data = decide(state, ActionRequest(Action.OUTAGE, now, now, outage.inputs), law)
            if "span" in data:
                yield SuspendedDossier(dossier, data)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].id


async def record_outage(
    connection: Connection, reference: Reference, client: str, outage: Outage, now: datetime, *, notify: bool
) -> list[SuspendedDossier]:
    """Suspends the dossiers, each with a journal entry of its responsible unit; returns them."""
    suspended = []
    async for item in suspended_by(connection, reference, outage, now):
        before = item.dossier
        entry = Entry(before.state.version + 1, Action.OUTAGE, now, now, before.state.responsible_unit, item.data)
        after = replace(before, state=apply(before.state, entry))
        record = EntryRecord(entry, client, notify=notify)
        await recording.record(connection, before, after, record)
        suspended.append(item)
    return suspended
